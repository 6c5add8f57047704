"""The watch over the order of locks finds writers who could wait for each other, and only those."""

from __future__ import annotations

import pytest

from tests.lock_order import Lock, LockOrder

HEAD = "SELECT trail_head.seq FROM trail_head WHERE trail_head.creditor_id = %(pk)s FOR UPDATE"
LINK = "INSERT INTO trail (creditor_id, seq) VALUES (%(creditor_id)s, %(seq)s)"
CREDITOR = "SELECT creditor.id, creditor.name \nFROM creditor \nWHERE creditor.id = %(pk)s"
TAKE_CASE = 'SELECT "case".id FROM "case" WHERE "case".id = %(pk)s FOR NO KEY UPDATE'
MESSAGE = "UPDATE message SET state=%(state)s WHERE message.id = %(id)s"
NOTICE = "UPDATE notice SET state=%(state)s WHERE notice.id = %(id)s"


def collisions(*writers: list[str]) -> list[str]:
    order = LockOrder()
    for number, statements in enumerate(writers, 1):
        held: list[Lock] = []
        for statement in statements:
            order.ran(statement, held, f"writer {number}")
    return order.collisions()


def test_two_tables_in_two_orders() -> None:
    [said] = collisions([MESSAGE, NOTICE], [NOTICE, MESSAGE])
    assert said == "writer 1: notice after message; writer 2: message after notice"


def test_a_whole_row_that_others_refer_to() -> None:
    """Who saved settings held the creditor and wanted the trail; who had the trail wanted to refer to the creditor."""
    [said] = collisions([HEAD, LINK], [f"{CREDITOR} FOR UPDATE", HEAD, LINK])
    assert said == "writer 1: creditor after trail_head; writer 2: trail_head after creditor"


@pytest.mark.parametrize(
    "writers",
    [
        pytest.param([[MESSAGE, NOTICE], [MESSAGE, NOTICE]], id="one order"),
        pytest.param([[TAKE_CASE, MESSAGE, NOTICE], [TAKE_CASE, NOTICE, MESSAGE]], id="under the case"),
        pytest.param([[HEAD, LINK], [f"{CREDITOR} FOR NO KEY UPDATE", HEAD, LINK]], id="others may refer to it"),
        pytest.param([["SELECT message.id FROM message", NOTICE], [NOTICE, MESSAGE]], id="a look locks nothing"),
    ],
)
def test_nobody_waits(writers: list[list[str]]) -> None:
    assert collisions(*writers) == []
