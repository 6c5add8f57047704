"""`rykker trail verify`: a chain in the database, or a case export by its file alone, and an anchor against either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from activities.export_file import read
from activities.trail import write
from cli import app
from models.clock import real_now
from models.database import migrate, open_database, transaction
from models.parties import CreditorRow
from models.record import TrailHeadRow, TrailRow

EXPORTS = Path(__file__).parent / "exports"
EXPORT = json.loads((EXPORTS / "format-3.json").read_bytes())
CASE, HEAD = EXPORT["record"]["case"]["id"], EXPORT["head"]


def verify(*words: object) -> tuple[int, list[str]]:
    """The exit code, and what was said line by line."""
    result = CliRunner().invoke(app, ["trail", "verify", *map(str, words)])
    return result.exit_code, result.output.splitlines()


# --- a file ---


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no database that could be opened, and no setting that could be read."""
    monkeypatch.setenv("DATABASE_URL", "nothing://at-all")
    monkeypatch.setenv("RYKKER_SCHEDULES", "neither yes nor no")


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_whole_export_is_one_line_with_case_links_and_head(kind: str) -> None:
    file = EXPORTS / f"format-3.{kind}"
    code, [line] = verify(file)
    assert code == 0
    export = read(file.read_bytes())[0]
    links, head = sum("seq" in entry for entry in export["chain"]), export["head"]
    assert line == f"{file}: whole: case {CASE}, {links} links, head {head['seq']}:{head['hash']}"


@pytest.mark.usefixtures("nothing_else")
def test_each_thing_that_is_wrong_is_a_line_with_its_place(tmp_path: Path) -> None:
    changed = json.loads((EXPORTS / "format-3.json").read_bytes())
    changed["record"]["ledger"][2]["amount"] = "1.00"
    changed["record"]["invoices"].reverse()
    gone = changed["chain"].pop(1)
    file = tmp_path / "case.json"
    file.write_text(json.dumps(changed))
    code, lines = verify(file)
    assert code == 1
    assert lines == [
        f"{file}: invoices: rows 1 and 2 changed places",
        f"{file}: ledger row 3: amount was changed",
        f"{file}: link {gone['seq']} is missing",
    ]


@pytest.mark.usefixtures("nothing_else")
def test_a_file_that_is_no_export_or_not_there_is_another_answer_than_a_broken_one(tmp_path: Path) -> None:
    letter = tmp_path / "letter.html"
    letter.write_text("<p>Dear Kaj</p>")
    code, [line] = verify(letter)
    assert (code, line) == (
        2,
        f"{letter}: no case export of Rykker: it cannot be read: the page holds no case exports.",
    )
    assert verify(tmp_path / "gone.json") == (2, [f"There is no file {tmp_path / 'gone.json'}."])
    assert verify(tmp_path) == (2, [f"There is no file {tmp_path}."])


@pytest.mark.usefixtures("nothing_else")
def test_an_export_is_checked_against_an_anchor() -> None:
    file = EXPORTS / "format-3.json"
    code, [line] = verify(file, "--anchor", f"{HEAD['seq']}:{HEAD['hash']}")
    assert code == 0
    assert line.endswith(f", and agrees with the anchor of link {HEAD['seq']}")
    code, [line] = verify(file, "--anchor", f"{HEAD['seq']}:{'0' * 64}")
    assert (code, "has another hash than the anchor" in line) == (1, True)
    code, [line] = verify(file, "--anchor", f"100000:{HEAD['hash']}")
    assert (code, "is not in this export" in line) == (1, True)


@pytest.mark.parametrize("noted", ["12", "0:" + "a" * 64, "3:abc", ":" + "a" * 64, "3:" + "g" * 64])
def test_what_is_no_anchor_is_told_how_one_is_written(noted: str) -> None:
    code, [line] = verify(EXPORTS / "format-3.json", "--anchor", noted)
    assert (code, "an anchor is SEQ:HASH" in line) == (2, True)


# --- the database ---


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Nordlys has three links, Lille ApS none."""
    address = f"sqlite:///{tmp_path / 'rykker.db'}"
    monkeypatch.setenv("DATABASE_URL", address)
    migrate(address)
    database = open_database(address)
    with transaction(database) as session:
        for name in ("nordlys", "lille"):
            session.add(CreditorRow(id=name, name=name, settings={}, books={}))
        session.flush()
        for n in range(3):
            write(session, "nordlys", f"entry {n}", real_now(), "note", f"entry {n}")
    yield database
    database.dispose()


def anchor_of(database: Engine, seq: int) -> str:
    with transaction(database) as session:
        return f"{seq}:{session.get_one(TrailRow, ('nordlys', seq)).hash}"


def forge(database: Engine, *statements: str) -> None:
    """What somebody could do who may change the schema."""
    with transaction(database) as session:
        for statement in ("DROP TRIGGER trail_no_update", "DROP TRIGGER trail_no_delete", *statements):
            session.execute(text(statement))


def test_every_chain_is_walked_or_that_of_one_creditor(database: Engine) -> None:
    assert verify() == (0, ["lille: 0 links, unbroken", "nordlys: 3 links, unbroken"])
    assert verify("nordlys") == (0, ["nordlys: 3 links, unbroken"])
    assert verify("nobody") == (2, ["There is no creditor nobody; there are: lille, nordlys."])


def test_the_first_link_that_was_touched_is_named(database: Engine) -> None:
    forge(database, "UPDATE trail SET text = 'nothing' WHERE seq = 2")
    code, [line] = verify("nordlys")
    assert code == 1
    assert line.startswith("nordlys: broken, link 2 (note")
    code, lines = verify()
    assert (code, len(lines)) == (1, 2)


def test_a_chain_that_still_has_what_was_anchored_agrees_with_it(database: Engine) -> None:
    expected = "nordlys: 3 links, unbroken, in agreement with the anchor of link 2"
    assert verify("nordlys", "--anchor", anchor_of(database, 2)) == (0, [expected])


def test_an_anchor_needs_to_be_said_whose_it_is(database: Engine) -> None:
    code, [line] = verify("--anchor", anchor_of(database, 2))
    assert (code, "Say whose anchor it is" in line) == (2, True)


def test_a_chain_that_was_cut_off_with_its_head_is_shown_by_the_anchor_alone(database: Engine) -> None:
    noted = anchor_of(database, 3)
    with transaction(database) as session:
        head = session.get_one(TrailHeadRow, "nordlys")
        head.seq, head.hash = 2, session.get_one(TrailRow, ("nordlys", 2)).hash
    forge(database, "DELETE FROM trail WHERE seq = 3")
    assert verify("nordlys") == (0, ["nordlys: 2 links, unbroken"])
    code, [line] = verify("nordlys", "--anchor", noted)
    assert (code, "link 3 of the anchor is missing" in line) == (1, True)


def test_a_chain_that_was_written_anew_as_a_whole_is_shown_by_the_anchor_alone(database: Engine) -> None:
    noted = anchor_of(database, 3)
    forge(database, "DELETE FROM trail", "DELETE FROM trail_head")
    with transaction(database) as session:
        for n in range(4):
            write(session, "nordlys", f"entry {n}", real_now(), "note", f"another entry {n}")
    assert verify("nordlys") == (0, ["nordlys: 4 links, unbroken"])
    code, [line] = verify("nordlys", "--anchor", noted)
    assert code == 1
    assert "link 3 (note" in line
    assert "has another hash than the anchor" in line
