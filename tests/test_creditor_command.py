"""`rykker creditor add`: one TOML file, every mistake named, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from cli import app
from models.database import open_database, transaction
from models.parties import CreditorRow, LadderRow, PersonRow

EXAMPLE = Path(__file__).parent.parent / "docs" / "creditor.example.toml"


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'rykker.db'}"
    monkeypatch.setenv("DATABASE_URL", address)
    return address


def test_the_example_is_added_with_people_tokens_and_ladders(address: str) -> None:
    result = CliRunner().invoke(app, ["creditor", "add", str(EXAMPLE)])
    assert result.exit_code == 0, result.output
    assert result.output.count("ryk_") == 2
    database = open_database(address)
    with transaction(database) as session:
        assert session.exec(select(CreditorRow.id)).all() == ["nordlys"]
        assert len(session.exec(select(PersonRow)).all()) == 2
        assert "dk-standard" in session.exec(select(LadderRow.name)).all()
        assert not any("ryk_" in person.token_hash for person in session.exec(select(PersonRow)))
    database.dispose()
    again = CliRunner().invoke(app, ["creditor", "add", str(EXAMPLE)])
    assert again.exit_code == 2
    assert "nothing was changed" in again.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('role = "admin"', 'role = "rep"'), "only an admin releases"),
        (('zone = "Europe/Copenhagen"', 'zone = "Europe/Kobenhavn"'), "settings.zone"),
        (('currency = "DKK"', 'currency = "kroner"'), "settings.currency"),
        (('sender_email = "bogholderi@nordlys.example"', 'sender_email = ""'), "sender_email"),
        (('country = "DK"', 'country = "SE"'), "settings.country: is none whose law Rykker knows"),
        (('country = "DK"', 'country = "EU"'), "settings.ladder: is no preset for EU; there are: eu-standard"),
        (('ladder = "dk-standard"', 'ladder = "no-standard"'), "settings.ladder: is no preset for DK"),
        (('id = "nordlys"', "id = nordlys"), "cannot be read"),
        (('kind = "economic"', 'kind = "abacus"'), "books"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_added(
    address: str, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    file = tmp_path / "creditor.toml"
    file.write_text(EXAMPLE.read_text("utf-8").replace(*change, 1), "utf-8")
    result = CliRunner().invoke(app, ["creditor", "add", str(file)])
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.output.split())
