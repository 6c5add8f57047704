"""The trail: written once, in one chain per creditor, and wherever it is changed afterwards it shows where."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, MetaData, Table
from sqlmodel import Session, col, select

from activities import trail
from models.database import transaction
from models.news import Actor, Role
from models.parties import CreditorRow
from models.record import TrailHeadRow, TrailRow

THEN = datetime(2026, 8, 10, 14, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))
LINKS = 5


@pytest.fixture
def creditor(database: Engine) -> str:
    return new_creditor(database)


def new_creditor(database: Engine) -> str:
    name = f"nordlys-{uuid.uuid4().hex[:8]}"
    with transaction(database) as session:
        session.add(CreditorRow(id=name, name="Nordlys ApS", settings={}, books={}))
    return name


def write(session: Session, creditor: str, key: str, **data: Any) -> TrailRow:
    return trail.write(session, creditor, key, THEN, "payment", f"paid: {key}", case_id="c.1", **data)


def write_one(database: Engine, creditor: str, key: str) -> None:
    with transaction(database) as session:
        write(session, creditor, key)


def links(session: Session, creditor: str) -> list[TrailRow]:
    query = select(TrailRow).where(TrailRow.creditor_id == creditor).order_by(col(TrailRow.seq))
    return list(session.exec(query))


def broken(database: Engine, creditor: str) -> str:
    with transaction(database) as session:
        return trail.first_broken_link(links(session, creditor), session.get(TrailHeadRow, creditor))


# --- writing ---


def test_links_follow_each_other_and_the_chain_verifies_after_it_was_read_back(database: Engine, creditor: str) -> None:
    with transaction(database) as session:
        write(
            session,
            creditor,
            "1",
            actor=Actor(id="rasmus", role=Role.rep),
            amount=12.5,
            large=2**53 + 1,
            tiny=1e-7,
            word="Æblegrød ☕ \\ \"'",
        )
        write(session, creditor, "2", day=date(2026, 8, 10), at_once=THEN, nested={"b": [1, None], "a": {}}, empty="")
    write_one(database, creditor, "3")
    with transaction(database) as session:
        found = links(session, creditor)
    assert [row.seq for row in found] == [1, 2, 3]
    assert [row.previous for row in found] == ["", found[0].hash, found[1].hash]
    assert found[0].actor == "rep rasmus"
    assert broken(database, creditor) == ""


def test_writing_the_same_key_again_changes_nothing_and_returns_the_first(database: Engine, creditor: str) -> None:
    with transaction(database) as session:
        first = write(session, creditor, "same", amount=1)
        assert write(session, creditor, "same", amount=2) is first
    with transaction(database) as session:
        again = write(session, creditor, "same", amount=3)
        assert (again.seq, again.hash, again.data) == (first.seq, first.hash, {"amount": 1})
        assert [row.key for row in links(session, creditor)] == ["same"]
        assert session.get_one(TrailHeadRow, creditor).seq == 1


def test_each_creditor_has_a_chain_of_its_own(database: Engine) -> None:
    one, other = new_creditor(database), new_creditor(database)
    with transaction(database) as session:
        for key in ("a", "b"):
            for name in (one, other):
                write(session, name, key)
    with transaction(database) as session:
        assert [row.seq for row in links(session, one)] == [row.seq for row in links(session, other)] == [1, 2]
    assert broken(database, one) == broken(database, other) == ""


def test_a_link_of_a_transaction_that_failed_leaves_no_gap(database: Engine, creditor: str) -> None:
    def fail() -> None:
        with transaction(database) as session:
            write(session, creditor, "lost")
            raise RuntimeError

    write_one(database, creditor, "before")
    with pytest.raises(RuntimeError):
        fail()
    write_one(database, creditor, "after")
    with transaction(database) as session:
        assert [(row.seq, row.key) for row in links(session, creditor)] == [(1, "before"), (2, "after")]
    assert broken(database, creditor) == ""


def test_the_longest_reason_a_person_may_give_fits_into_a_key(database: Engine, creditor: str) -> None:
    reasons = ["å" * 900 + end for end in "ab"]
    with transaction(database) as session:
        for reason in reasons * 2:
            write(session, creditor, f"c.1:waiting:2026-08-10:{reason}")
    with transaction(database) as session:
        assert len(links(session, creditor)) == 2
    assert broken(database, creditor) == ""


# --- many writers ---


def all_at_once(database: Engine, creditor: str, writers: int, keys: Callable[[int], list[str]]) -> None:
    """Several threads write, each key in a transaction of its own, and begin at the same moment."""
    start = Barrier(writers)

    def work(writer: int) -> None:
        start.wait()
        for key in keys(writer):
            write_one(database, creditor, key)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))


def test_many_writers_keep_one_unbroken_chain_with_each_key_once(database: Engine, creditor: str) -> None:
    write_one(database, creditor, "opened")
    all_at_once(database, creditor, 8, lambda writer: [k for n in range(6) for k in (f"{writer}-{n}", f"shared-{n}")])
    with transaction(database) as session:
        found = links(session, creditor)
        assert [row.seq for row in found] == list(range(1, 1 + 1 + 8 * 6 + 6))
        assert len({row.key for row in found}) == len(found)
    assert broken(database, creditor) == ""


def test_the_very_first_links_of_a_creditor_may_be_written_at_once(database: Engine, creditor: str) -> None:
    all_at_once(database, creditor, 8, lambda writer: [f"first-{writer}"])
    with transaction(database) as session:
        assert [row.seq for row in links(session, creditor)] == list(range(1, 9))
    assert broken(database, creditor) == ""


# --- tampering, on a copy: the trail itself refuses it ---


@pytest.fixture
def copy(database: Engine, creditor: str) -> Iterator[Table]:
    """The links of a creditor in a table that nothing protects."""
    with transaction(database) as session:
        for n in range(1, LINKS + 1):
            write(session, creditor, f"key-{n}", n=n)
    table = trail_table().to_metadata(MetaData(), name=f"copy_{uuid.uuid4().hex}")
    with database.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table.name} AS SELECT * FROM trail WHERE creditor_id = '{creditor}'")
    yield table
    with database.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {table.name}")


def trail_table() -> Table:
    table: Table = vars(TrailRow)["__table__"]
    return table


def verdict(database: Engine, copy: Table, creditor: str) -> str:
    """What the check says of the copy."""
    with transaction(database) as session:
        head = session.get(TrailHeadRow, creditor)
        rows = session.connection().execute(copy.select().order_by(copy.c.seq)).mappings()
        return trail.first_broken_link([TrailRow(**row) for row in rows], head)


def change(database: Engine, copy: Table, seq: int, /, **values: Any) -> None:
    with database.begin() as connection:
        connection.execute(copy.update().where(copy.c.seq == seq).values(**values))


def remove(database: Engine, copy: Table, seq: int) -> None:
    with database.begin() as connection:
        connection.execute(copy.delete().where(copy.c.seq == seq))


FORGED: dict[str, Any] = {
    "creditor_id": "somebody-else",
    "key": "forged",
    "case_id": "c.2",
    "at": THEN + timedelta(microseconds=1),
    "actor": "admin anna",
    "kind": "credit",
    "text": "nothing happened",
    "data": {"n": 3.5},
    "recorded_at": datetime(2026, 1, 1, tzinfo=UTC),
    "hash": "0" * 64,
}


def test_every_field_of_a_link_is_tampered_with_here() -> None:
    assert set(FORGED) | {"seq", "previous"} == set(TrailRow.model_fields)


def test_an_untouched_copy_is_whole(database: Engine, copy: Table, creditor: str) -> None:
    assert verdict(database, copy, creditor) == ""


@pytest.mark.parametrize("field", FORGED)
@pytest.mark.parametrize("seq", [1, 3, LINKS])
def test_a_changed_field_is_found_in_its_link(
    database: Engine, copy: Table, creditor: str, field: str, seq: int
) -> None:
    change(database, copy, seq, **{field: FORGED[field]})
    said = verdict(database, copy, creditor)
    assert said.startswith(f"link {seq} (")
    assert said.endswith("was changed after it was written")


def test_a_link_that_names_another_predecessor_is_found(database: Engine, copy: Table, creditor: str) -> None:
    change(database, copy, 3, previous="0" * 64)
    assert verdict(database, copy, creditor).startswith("link 3 (payment, ")


def test_links_in_another_order_are_found(database: Engine, copy: Table, creditor: str) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(database, copy, old, seq=new)
    assert "link 2 " in verdict(database, copy, creditor)


def test_a_missing_link_is_found(database: Engine, copy: Table, creditor: str) -> None:
    remove(database, copy, 3)
    assert verdict(database, copy, creditor).startswith("link 3 is missing; the next one found is 4")


def test_missing_first_links_are_found(database: Engine, copy: Table, creditor: str) -> None:
    remove(database, copy, 1)
    assert verdict(database, copy, creditor).startswith("link 1 is missing")


def test_a_chain_that_was_cut_off_is_found(database: Engine, copy: Table, creditor: str) -> None:
    remove(database, copy, LINKS)
    said = verdict(database, copy, creditor)
    assert said == f"the chain ends at link {LINKS - 1}, but {LINKS} links were written; the last ones are missing"


def test_an_added_link_is_found(database: Engine, copy: Table, creditor: str) -> None:
    with database.begin() as connection:
        last = dict(connection.execute(copy.select().where(copy.c.seq == LINKS)).mappings().one())
        forged = TrailRow(**{**last, "seq": LINKS + 1, "key": "added", "previous": last["hash"], "hash": ""})
        connection.execute(copy.insert().values(**{**forged.model_dump(), "hash": trail.link_hash(forged)}))
    assert verdict(database, copy, creditor) != ""


def test_a_forger_who_hashes_anew_is_found_at_the_next_link(database: Engine, copy: Table, creditor: str) -> None:
    change(database, copy, 3, text="nothing happened")
    with database.begin() as connection:
        forged = TrailRow(**connection.execute(copy.select().where(copy.c.seq == 3)).mappings().one())
    change(database, copy, 3, hash=trail.link_hash(forged))
    said = verdict(database, copy, creditor)
    assert said.startswith("link 4 (")
    assert said.endswith("does not follow the link before it")


def test_a_forger_who_hashes_all_that_follows_anew_is_found_at_the_end(
    database: Engine, copy: Table, creditor: str
) -> None:
    change(database, copy, LINKS, text="nothing happened")
    with database.begin() as connection:
        forged = TrailRow(**connection.execute(copy.select().where(copy.c.seq == LINKS)).mappings().one())
    change(database, copy, LINKS, hash=trail.link_hash(forged))
    assert verdict(database, copy, creditor) != ""


def test_a_chain_whose_head_was_taken_away_is_not_whole(database: Engine, copy: Table, creditor: str) -> None:
    with database.begin() as connection:
        rows = connection.execute(copy.select().order_by(copy.c.seq)).mappings().all()
    assert trail.first_broken_link([TrailRow(**row) for row in rows[:3]], None) != ""
    assert trail.first_broken_link([], None) == ""
