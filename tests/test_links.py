"""The link to a customer's page: the same every time, good only as it was made, and only while it is in use."""

from __future__ import annotations

import base64
import multiprocessing
import stat
from pathlib import Path

import pytest

from activities.page_link import FILE, KEY_BYTES, PageLinks, new_page_key
from models.settings import Settings

SECRET = "s" * 32
LINKS = PageLinks("https://rykker.example", SECRET)
KEY = "k7Qz_3vB-9xTn5Lw"
TOKEN = LINKS.token(KEY)


def test_a_link_is_the_same_every_time_and_carries_its_key() -> None:
    again = PageLinks.of(Settings(public_url="https://rykker.example/", rykker_link_secret=SECRET))
    assert again.address(KEY) == LINKS.address(KEY) == f"https://rykker.example/c/{TOKEN}"
    assert LINKS.key(TOKEN) == KEY


def test_a_link_is_short_enough_for_a_text_and_ends_in_nothing_that_a_phone_leaves_out() -> None:
    for _ in range(200):
        token = LINKS.token(new_page_key())
        assert len(token) <= 44
        assert token[-1].isalnum()


def test_keys_are_96_random_bits() -> None:
    keys = {new_page_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert {len(base64.urlsafe_b64decode(key)) for key in keys} == {KEY_BYTES} == {12}


@pytest.mark.parametrize(
    "token",
    [
        *("", ".", "x", KEY, f"{KEY}.", f".{TOKEN}", TOKEN[:-1], TOKEN[1:], f"{TOKEN}=", f"{TOKEN}A", f" {TOKEN}"),
        *(TOKEN.replace(".", ""), TOKEN.upper(), f"{TOKEN}\x00", f"{TOKEN}\n", "æøå.æøå", "\ud800", "a" * 5000),
        PageLinks("https://rykker.example", "t" * 32).token(KEY),
    ],
)
def test_whatever_was_not_signed_here_opens_nothing(token: str) -> None:
    assert LINKS.key(token) == ""


def test_no_single_character_of_a_link_can_be_another() -> None:
    """Not even the last one, of which base64 ignores some bits."""
    for place in range(len(TOKEN)):
        for other in "AB8z-_.":
            forged = TOKEN[:place] + other + TOKEN[place + 1 :]
            assert forged == TOKEN or LINKS.key(forged) == ""


def test_the_signature_of_one_case_is_none_for_another() -> None:
    other = LINKS.token(new_page_key())
    assert LINKS.key(f"{other.split('.')[0]}.{TOKEN.split('.')[1]}") == ""


def test_a_secret_that_is_too_short_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"RYKKER_LINK_SECRET has 5 characters.*openssl rand -hex 32"):
        PageLinks.of(Settings(rykker_link_secret="short"))


def test_without_a_secret_one_is_made_once_that_only_its_owner_reads(tmp_path: Path) -> None:
    settings = Settings(rykker_data=tmp_path / "data")
    token = PageLinks.of(settings).token(KEY)
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    assert PageLinks.of(settings).token(KEY) == token
    assert PageLinks.of(Settings(rykker_data=tmp_path / "other")).key(token) == ""
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]


def secret_of(data: Path) -> str:
    return PageLinks.of(Settings(rykker_data=data)).secret


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(secret_of, [tmp_path] * 12))) == 1


def test_the_secret_does_not_show_in_the_settings() -> None:
    assert SECRET not in repr(Settings(rykker_link_secret=SECRET))
