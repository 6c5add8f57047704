"""Recipients out of the free text of the books."""

from __future__ import annotations

import pytest

from activities.channels.addresses import NoNumber, email_addresses, masked, mobile_number, region_of


def test_several_addresses_in_one_field_are_taken_apart_and_named_once() -> None:
    found = email_addresses("bo@aero.example; ida@aero.example,BO@Aero.example   per@firma.dk;")
    assert found.usable == ("bo@aero.example", "ida@aero.example", "per@firma.dk")
    assert found.rejected == ()


def test_a_display_name_and_a_mailto_are_not_part_of_the_address() -> None:
    found = email_addresses('"Holm, Ida" <ida@firma.dk>, Bo Lund <bo@firma.dk>; mailto:per@firma.dk.')
    assert found.usable == ("ida@firma.dk", "bo@firma.dk", "per@firma.dk")
    assert [reason for _, reason in found.rejected] == ["An email address must have an @-sign."]


@pytest.mark.parametrize(
    "text",
    [
        *("bo", "bo@", "@firma.dk", "bo@localhost", "bo@firma.test", "bo@firma.invalid", "bo@firma", "bo@@firma.dk"),
        *("øre@firma.dk", "bo@fir_ma.dk", "bo@-firma.dk", "bo@[127.0.0.1]"),
    ],
)
def test_what_no_server_would_take_is_rejected_with_a_reason_and_without_the_address(text: str) -> None:
    found = email_addresses(text)
    assert found.usable == ()
    ((shown, reason),) = found.rejected
    assert text not in shown
    assert text not in reason
    assert reason


def test_an_internationalised_domain_is_written_in_ascii() -> None:
    assert email_addresses("bo@æble.dk").usable == ("bo@xn--ble-xla.dk",)


def test_the_sample_books_reserved_domains_are_accepted() -> None:
    assert email_addresses("bogholderi@nordlys.example").usable == ("bogholderi@nordlys.example",)


def test_one_bad_address_does_not_cost_the_good_one() -> None:
    found = email_addresses("bo@firma.dk; nope")
    assert found.usable == ("bo@firma.dk",)
    assert found.rejected[0][0] == "n***"


def test_an_empty_field_has_no_addresses_and_no_complaints() -> None:
    found = email_addresses(" ;, ")
    assert (found.usable, found.rejected) == ((), ())


def test_a_masked_address_can_be_recognised_but_not_used() -> None:
    assert masked("bo@firma.dk") == "b***@f***"


@pytest.mark.parametrize(
    ("mobile", "phone", "country", "number"),
    [
        ("20 12 34 56", "", "Danmark", "+4520123456"),
        ("20123456", "", "denmark", "+4520123456"),
        ("Mobil: 20 12 34 56", "", "DK", "+4520123456"),
        ("4520123456", "", "Danmark", "+4520123456"),
        ("+45 20123456", "", "", "+4520123456"),
        ("(+45) 20 12 34 56", "", "Utopia", "+4520123456"),
        ("0045 20123456", "", "Norge", "+4520123456"),
        ("", "33 12 34 56", "Danmark", "+4533123456"),
        ("40 12 34 56", "22 12 34 56", "Norge", "+4740123456"),
        ("", "22 12 34 56 / 40 12 34 56", "Norway", "+4740123456"),
        ("22123456", "40123456", "Noreg", "+4740123456"),
        ("070-123 45 67", "", "Sverige", "+46701234567"),
    ],
)
def test_a_number_is_found_in_what_people_type(mobile: str, phone: str, country: str, number: str) -> None:
    assert mobile_number(mobile, phone, country) == number


@pytest.mark.parametrize(
    ("mobile", "phone", "country", "reason"),
    [
        ("", "", "Danmark", "no telephone number"),
        ("ring ikke", "", "Danmark", "no telephone number"),
        ("20123456", "", "", "no country code, and the country is not known"),
        ("20123456", "", "Utopia", "no country code, and the country is not known"),
        ("", "22 12 34 56", "Norge", "not a mobile number"),
        ("+47 22 12 34 56", "", "Danmark", "not a mobile number"),
        ("00000000", "", "Danmark", "not a valid telephone number"),
        ("2012345", "", "Danmark", "not a valid telephone number"),
        ("1", "", "Danmark", "not a telephone number"),
    ],
)
def test_without_a_usable_number_there_is_a_reason_without_the_number(
    mobile: str, phone: str, country: str, reason: str
) -> None:
    assert mobile_number(mobile, phone, country) == NoNumber(reason=reason)


def test_countries_are_known_by_name_and_code() -> None:
    assert [region_of(name) for name in ("Danmark", " DENMARK ", "dk", "Norge", "Norway", "NO", "Sverige", "")] == [
        *("DK", "DK", "DK", "NO", "NO", "NO", "SE", None)
    ]
