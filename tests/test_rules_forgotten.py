"""What the sweep makes of what it sees: one table per kind of finding, with the last moment at which all is well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from models.forgotten import (
    Case,
    Claimed,
    Finding,
    Invoice,
    Matter,
    Notice,
    Picture,
    Reading,
    Repair,
    Returned,
    Run,
    Stopped,
    Text,
    TextsRefused,
)
from models.settings import TEMPLATES
from rules.calendar import office_time
from rules.forgotten import forgotten, lasts, taken_in
from tests.given import DK, NO, at, instants, some_settings

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
"""Real time; business time is another."""
CONNECTED = NOW - timedelta(days=30)
READ = Reading(since=CONNECTED, whole_at=NOW - timedelta(minutes=8), last_at=NOW - timedelta(minutes=8))
WORKFLOW = "case/nordlys/1001"


def case(**more: Any) -> Case:
    """Case 1 of customer 1001, which runs and has nothing to do."""
    fields: dict[str, Any] = {"case_id": "nordlys.1001.1", "customer_number": "1001", "workflow_id": WORKFLOW}
    return Case(**{"runs": True, **fields, **more})


def found(as_of: str = "2026-08-11 12:00", **seen: Any) -> list[Finding]:
    return forgotten(Picture(**{"reading": READ, "cases": (case(),), **seen}), at(as_of), NOW, DK)


def matters(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.matter, finding.about, finding.repair) for finding in findings]


def test_where_all_is_well_nothing_is_found() -> None:
    assert found() == []


def test_a_channel_whose_account_is_refused_is_an_alarm_of_its_own() -> None:
    [finding] = found(stopped=(Stopped(channel="email", reason="SendGrid does not know the API key (401)"),))
    assert (finding.matter, finding.about, finding.repair) == (Matter.channel_stopped, "email", Repair.none)
    assert "SendGrid does not know the API key (401)" in finding.says


def test_texts_refused_for_how_the_account_is_set_are_an_alarm_until_none_was_for_three_days() -> None:
    reason = "Twilio cannot carry texts from this sender to this number (400, code 21612)"
    last = NOW - timedelta(days=3) + timedelta(minutes=1)
    [finding] = found(texts_refused=(TextsRefused(code="21612", reason=reason, last_at=last),))
    assert (finding.matter, finding.about, finding.repair) == (Matter.texts_refused, "21612", Repair.none)
    assert reason in finding.says
    over = last - timedelta(minutes=1)
    assert found(texts_refused=(TextsRefused(code="21612", reason=reason, last_at=over),)) == []


def test_a_person_to_whom_mail_does_not_arrive_is_named_and_the_address_is_not() -> None:
    [finding] = found(returned=(Returned(person="anna", said="bounce 550 5.1.1"),))
    assert (finding.matter, finding.about, finding.repair) == (Matter.mail_returned, "anna", Repair.none)
    assert finding.says.startswith("what is mailed to anna does not arrive (bounce 550 5.1.1), so neither heads-ups")


# --- workflows ---


LATE = Notice(about="p-1", case_id="nordlys.1001.1", at=at("2026-08-03 08:00"))
HANGS = Claimed(message_id="m-1", case_id="nordlys.1001.1", channel="email", since=NOW - timedelta(days=1))


def test_an_open_case_without_a_workflow_is_started_again_and_nothing_else_is_said_of_it() -> None:
    gone = case(runs=False, marked=True, due=at("2026-08-03 08:00"), invoices=(invoice(principal=None),))
    assert matters(found(cases=(gone,), notices=(LATE,), claimed=(HANGS,))) == [
        (Matter.no_workflow, "nordlys.1001.1", Repair.tell_case)
    ]


@pytest.mark.parametrize(("minutes", "strays"), [(0, False), (9, False), (10, True)])
def test_the_run_of_a_case_that_was_just_closed_may_have_its_last_word(minutes: int, strays: bool) -> None:
    closed = at("2026-08-11 12:00") - timedelta(minutes=minutes)
    run = Run(workflow_id=WORKFLOW, case_id="nordlys.1001.1", outcome="paid", closed_at=closed)
    assert bool(found("2026-08-11 12:00", cases=(), runs=(run,))) is strays


@pytest.mark.parametrize(
    ("run", "says", "repair"),
    [
        (Run(workflow_id=WORKFLOW, case_id="nordlys.1001.1", outcome="paid"), "closed (paid)", Repair.wake_run),
        (Run(workflow_id=WORKFLOW, case_id=""), "temporal workflow terminate", Repair.none),
    ],
    ids=["closed", "unknown"],
)
def test_a_workflow_without_an_open_case_is_reported(run: Run, says: str, repair: Repair) -> None:
    [finding] = found(cases=(), runs=(run,))
    assert (finding.matter, finding.about, finding.repair) == (Matter.stray_workflow, WORKFLOW, repair)
    assert says in finding.says


def test_a_wedged_workflow_is_one_finding_that_says_how_to_look_at_it_and_nothing_is_told_to_it() -> None:
    stuck = case(marked=True, due=at("2026-08-03 08:00"))
    stray = Run(workflow_id=WORKFLOW, case_id="x")
    [finding] = found(cases=(stuck,), wedged=(WORKFLOW,), runs=(stray,), notices=(LATE,), claimed=(HANGS,))
    assert (finding.matter, finding.case_id, finding.repair) == (Matter.wedged, stuck.case_id, Repair.none)
    assert f"temporal workflow show --workflow-id '{WORKFLOW}'" in finding.says


def test_a_wedged_round_of_the_mirror_is_about_no_case() -> None:
    [finding] = found(wedged=("mirror/nordlys-2026-08-11T12:00:00Z",))
    assert (finding.matter, finding.case_id) == (Matter.wedged, "")


# --- the books ---


def invoice(**more: Any) -> Invoice:
    """Invoice 1, of which the case knows everything: 100.00, of which 40.00 is paid."""
    fields = {"number": "1", "gross": 10_000, "remainder": 6_000, "principal": 10_000, "in_books": 4_000}
    return Invoice.model_validate({**fields, **more})


@pytest.mark.parametrize(
    ("known", "taken"),
    [
        (invoice(), True),
        (invoice(remainder=10_000, in_books=0), True),
        (invoice(principal=None, in_books=0), False),
        (invoice(remainder=0), False),
        (invoice(remainder=7_000), False),
        (invoice(gross=12_000, remainder=8_000), False),
        (invoice(in_books=1_000, by_hand=3_000), True),
        (invoice(remainder=9_000, in_books=1_000, by_hand=3_000), True),
        (invoice(remainder=5_000, in_books=1_000, by_hand=3_000), False),
        (invoice(remainder=-1_000, in_books=11_000), True),
    ],
    ids=[
        "the same",
        "nothing paid",
        "not known",
        "paid in the books",
        "taken back in the books",
        "grown",
        "told by hand before",
        "by hand, and not in the books yet",
        "more than by hand",
        "paid too much",
    ],
)
def test_what_the_books_say_is_taken_in_once_the_ledger_has_it(known: Invoice, taken: bool) -> None:
    assert taken_in(known) is taken
    findings = found(cases=(case(invoices=(known,)),))
    assert matters(findings) == ([] if taken else [(Matter.untold_books, "nordlys.1001.1", Repair.tell_case)])


def test_a_customer_that_is_still_marked_is_told_whether_or_not_a_case_is_open() -> None:
    findings = found(cases=(case(marked=True),), marked=("1002",))
    assert [(f.about, f.customer_number, f.case_id) for f in findings] == [
        ("1002", "1002", ""),
        ("nordlys.1001.1", "1001", "nordlys.1001.1"),
    ]
    assert {(f.matter, f.repair) for f in findings} == {(Matter.untold_books, Repair.tell_case)}


@pytest.mark.parametrize(("minutes", "found_so"), [(4, 0), (5, 2)])
def test_a_round_of_the_mirror_that_is_hardly_over_is_given_time_to_tell_its_cases(minutes: int, found_so: int) -> None:
    reading = READ.model_copy(update={"last_at": NOW - timedelta(minutes=minutes)})
    cases = (case(marked=True), case(case_id="b", invoices=(invoice(remainder=0),)))
    assert len(found(cases=cases, reading=reading)) == found_so
    assert found(cases=cases, reading=READ.model_copy(update={"last_at": None})) == []


@pytest.mark.parametrize(
    ("reading", "matter"),
    [
        ({"whole_at": NOW - timedelta(hours=5, minutes=59)}, None),
        ({"whole_at": NOW - timedelta(hours=6)}, Matter.books_unread),
        ({"whole_at": None, "since": NOW - timedelta(hours=5)}, None),
        ({"whole_at": None}, Matter.books_unread),
        ({"unclear_since": NOW - timedelta(hours=47), "unclear": 3}, None),
        ({"unclear_since": NOW - timedelta(hours=48), "unclear": 3}, Matter.books_unclear),
    ],
)
def test_books_are_an_alarm_when_they_are_unread_for_hours_or_unclear_for_days(
    reading: dict[str, Any], matter: Matter | None
) -> None:
    findings = found(reading=READ.model_copy(update=reading))
    assert [finding.matter for finding in findings] == ([matter] if matter else [])
    assert all(finding.repair is Repair.none for finding in findings), "nobody but a person can help"


def test_what_stopped_the_reading_is_said() -> None:
    [finding] = found(reading=Reading(since=CONNECTED, last_at=NOW, problem="e-conomic does not know the grant"))
    assert finding.says.endswith("e-conomic does not know the grant")


# --- what is due ---


@pytest.mark.parametrize(
    ("due", "as_of", "late"),
    [
        ("2026-08-11 08:00", "2026-08-11 10:00", False),
        ("2026-08-11 08:00", "2026-08-11 10:01", True),
        ("2026-08-11 15:00", "2026-08-12 09:00", False),
        ("2026-08-11 15:00", "2026-08-12 09:01", True),
        ("2026-08-14 15:30", "2026-08-17 09:30", False),
        ("2026-08-14 15:30", "2026-08-17 09:31", True),
        ("2026-12-23 15:00", "2026-12-28 09:00", False),
        ("2026-12-23 15:00", "2026-12-28 09:01", True),
        ("2026-08-12 08:00", "2026-08-11 12:00", False),
    ],
)
def test_a_step_is_overdue_after_two_hours_of_open_offices(due: str, as_of: str, late: bool) -> None:
    findings = found(as_of, cases=(case(due=at(due), step="rykker-1"),))
    assert matters(findings) == ([(Matter.overdue, "nordlys.1001.1", Repair.tell_case)] if late else [])
    assert all(f"rykker-1 of case nordlys.1001.1 was due at {due}" in finding.says for finding in findings)


def test_a_case_that_said_something_meanwhile_is_given_time_again() -> None:
    due = at("2026-08-11 08:00")
    assert found("2026-08-11 12:00", cases=(case(due=due, heard=at("2026-08-11 10:00")),)) == []
    assert len(found("2026-08-11 12:01", cases=(case(due=due, heard=at("2026-08-11 10:00")),))) == 1
    assert len(found("2026-08-11 12:01", cases=(case(due=due, heard=at("2026-08-03 10:00")),))) == 1


def test_a_case_that_waits_for_people_only_is_never_overdue() -> None:
    assert found("2027-08-11 12:00", cases=(case(due=None),)) == []


@pytest.mark.parametrize(("as_of", "late"), [("2026-08-11 10:00", False), ("2026-08-11 10:01", True)])
def test_a_heads_up_that_was_not_given_is_the_one_finding_of_its_case(as_of: str, late: bool) -> None:
    notice = Notice(about="nordlys.1001.1.rykker-1.1", case_id="nordlys.1001.1", at=at("2026-08-11 08:00"))
    findings = found(as_of, notices=(notice,), cases=(case(due=at("2026-08-11 08:00")),))
    assert matters(findings) == ([(Matter.no_heads_up, notice.about, Repair.tell_case)] if late else [])
    assert all(finding.customer_number == "1001" for finding in findings)


@pytest.mark.parametrize(("minutes", "hangs"), [(29, False), (30, True)])
def test_a_message_that_hangs_is_asked_after_in_real_time(minutes: int, hangs: bool) -> None:
    since = NOW - timedelta(minutes=minutes)
    message = Claimed(message_id="m-1", case_id="nordlys.1001.1", channel="email", since=since)
    findings = found(claimed=(message,))
    assert matters(findings) == ([(Matter.claimed, "m-1", Repair.tell_case)] if hangs else [])
    if hangs:
        [of_a_closed_case] = found(claimed=(message,), cases=())
        assert of_a_closed_case.repair is Repair.none


def test_a_text_that_was_never_told_is_told() -> None:
    findings = found(texts=(Text(inbox_id="reply-1", case_id="nordlys.1001.1"),))
    assert matters(findings) == [(Matter.untold_text, "reply-1", Repair.tell_text)]


def test_a_case_that_makes_no_sense_hides_no_other() -> None:
    findings = found(not_judged=("nordlys.1002.1",), cases=(case(runs=False),))
    assert [finding.matter for finding in findings] == [Matter.not_judged, Matter.no_workflow]


# --- alarms ---


@pytest.mark.parametrize(("minutes", "alarm"), [(0, False), (9, False), (10, True), (15, True)])
def test_what_a_later_sweep_still_finds_is_an_alarm(minutes: int, alarm: bool) -> None:
    first = at("2026-08-11 12:00")
    assert lasts(first, first + timedelta(minutes=minutes)) is alarm


@pytest.mark.parametrize("language", ["da", "nb", "en"])
def test_every_kind_of_finding_has_words_in_every_language(language: str) -> None:
    words = (TEMPLATES / "alarms" / f"{language}.txt.j2").read_text(encoding="utf-8")
    assert [matter for matter in Matter if f'"{matter}": "' not in words] == []


# --- office time ---


def test_offices_in_norway_have_their_own_holidays() -> None:
    assert office_time(at("2026-05-14 00:00"), at("2026-05-15 23:59"), NO) == timedelta(hours=8), "Ascension Day"
    assert office_time(at("2026-06-05 00:00"), at("2026-06-05 23:59"), NO) == timedelta(hours=8)
    assert office_time(at("2026-06-05 00:00"), at("2026-06-05 23:59"), DK) == timedelta(), "Constitution Day"


def test_on_the_day_on_which_clocks_change_offices_are_open_as_long_as_ever() -> None:
    assert office_time(at("2026-10-23 15:00"), at("2026-10-26 09:00"), DK) == timedelta(hours=2)
    assert office_time(at("2026-03-27 15:00"), at("2026-03-30 09:00"), DK) == timedelta(hours=2)


@given(instants, instants, instants, some_settings())
def test_office_time_adds_up_and_never_exceeds_the_time_that_passed(
    a: datetime, b: datetime, c: datetime, settings: Any
) -> None:
    first, middle, last = sorted((a, b, c))
    first, middle = max(first, last - timedelta(days=40)), max(middle, last - timedelta(days=40))
    whole = office_time(first, last, settings)
    assert timedelta() <= whole <= last - first
    assert office_time(first, middle, settings) + office_time(middle, last, settings) == whole
    assert office_time(last, first, settings) == (timedelta() if first < last else whole)
