"""The short version of `make faults`, and proof that its count can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.client import Client

from activities import ledger
from activities.channels.mail import SendGridMail
from faults.boundaries import Blow
from faults.count import CHANNELS, STEPS, LeftBehind, count
from faults.ground import Ground, providers
from faults.left_behind import left_behind
from faults.life import Life
from faults.reset import sent_back
from faults.tries import Row, Stage, enumerated, lived, runs_of, spread
from models.cases import CaseRow, NoticeRow, ProposalRow
from models.database import reading, transaction
from models.dispatch import MailAddress, MailMessage
from models.money import Money
from standins.sendgrid.server import KEY

EVERYTHING = [(step, channel) for step in STEPS for channel in CHANNELS]
RIGHT = LeftBehind(
    delivered=Counter(EVERYTHING),
    recorded=dict.fromkeys(EVERYTHING, "sent"),
    fees_due={"rykker-1.1": 10000},
    fees_posted={"rykker-1.1": 10000},
    ledger=1262740,
    statement=1262740,
)
MAIL = ("rykker-1", "email")


@pytest.fixture
async def ground(client: Client, tmp_path: Path) -> AsyncIterator[Ground]:
    """The session's server, and stand-ins that only these lives use."""
    with providers() as outside:
        yield Ground(tmp_path, client, outside)


# --- the count can fail ---


def test_a_life_in_which_everything_is_right_has_no_mistakes() -> None:
    assert count(RIGHT).mistakes == ()


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"delivered": Counter([*EVERYTHING, MAIL])}, "twice", "rykker-1 by email went out 2 times"),
        ({"strangers": ("Betalingspåmindelse",)}, "twice", "a message of which no proposal knows: Betalingspåmindelse"),
        (
            {"delivered": Counter(EVERYTHING) - Counter([MAIL]), "before_people": frozenset([MAIL])},
            "lost",
            "rykker-1 by email is on record as sent, and the provider does not have it",
        ),
        (
            {"delivered": Counter(EVERYTHING) - Counter([MAIL]), "recorded": {}},
            "lost",
            "rykker-1 by email did not go out and nobody was told (on record: nothing)",
        ),
        (
            {"recorded": {**RIGHT.recorded, MAIL: "failed"}},
            "lost",
            "rykker-1 by email went out, and on record is failed",
        ),
        ({"fees_posted": {"rykker-1.1": 20000}}, "fees", "rykker-1.1: 20000 charged where 10000 was due"),
        ({"fees_posted": {}}, "fees", "rykker-1.1: 0 charged where 10000 was due"),
        ({"fees_due": {}}, "fees", "rykker-1.1: 10000 charged where 0 was due"),
        ({"broken_link": "link 7 is missing"}, "books", "the trail is broken: link 7 is missing"),
        ({"ledger": 1262741}, "books", "the ledger has 1262741 open where the law works out 1262740"),
        ({"outcome": ""}, "books", "the case did not end as paid but as nothing"),
        ({"loose": ("rykker-1.1 is proposed",)}, "books", "a proposal without an end: rykker-1.1 is proposed"),
    ],
)
def test_whatever_is_wrong_is_said_in_its_column(wrong: dict[str, Any], kind: str, said: str) -> None:
    counted = count(replace(RIGHT, **wrong))
    assert said in getattr(counted, kind)


def test_a_life_that_does_not_end_counts_as_lost() -> None:
    assert count(RIGHT, hung="not at its end after 600 s").lost == ("not at its end after 600 s",)


@pytest.mark.anyio
async def test_a_message_too_many_one_too_few_and_a_fee_too_many_are_found_in_a_real_life(ground: Ground) -> None:
    life = Life(ground, "found")
    await life.live()
    assert count(left_behind(life)).mistakes == ()
    [mail] = [m for m in ground.providers.sendgrid.mails() if life.email in m.to[0] and "100,00" in m.text][:1]
    again = MailMessage(
        message_id=mail.custom_args["message_id"],
        to=(MailAddress(address=life.email),),
        sender=MailAddress(address="bogholderi@nordlys.example"),
        subject=mail.subject,
        text=mail.text,
    )
    SendGridMail(KEY, host=ground.providers.sendgrid.url).send(again)
    with transaction(life.database) as session:
        fee = Money(minor=10000, currency="DKK")
        case = life.case
        ledger.post(
            session, life.name, case.id, "1001", "fee", fee, case.opened_at.date(), "fee:again", proposal="again"
        )
    ground.providers.twilio.forget()
    counted = count(left_behind(life))
    assert counted.twice == ("nudge by email went out 2 times",)
    assert [line for line in counted.lost if "sms" in line and "is on record as sent" in line]
    assert counted.fees == ("again: 10000 charged where 0 was due",)
    assert counted.books
    life.close()


@pytest.mark.anyio
async def test_a_letter_that_the_provider_refused_counts_as_lost_unless_a_person_was_given_notice(
    ground: Ground,
) -> None:
    struck: list[str] = []

    async def refused(life: Life, _case: CaseRow) -> None:
        """SendGrid refuses the next mail once the heads-up of rykker 1 is given: that mail is rykker 1."""
        with reading(life.database) as session:
            announced = select(ProposalRow.heads_up_at).where(ProposalRow.step == "rykker-1")
            if session.exec(announced).first() is not None and not struck:
                struck.append(life.name)
                ground.providers.sendgrid.fault("status", status=413, method="POST", path="/v3/mail/send")

    life = Life(ground, "refused", meanwhile=refused)
    await life.live()
    left = left_behind(life)
    assert (left.recorded[MAIL], left.delivered[MAIL], count(left).mistakes) == ("failed", 0, ())
    with transaction(life.database) as session:
        [notice] = session.exec(select(NoticeRow).where(col(NoticeRow.id).endswith(":lost")))
        notice.given_at = None
    assert count(left_behind(life)).lost == (
        "rykker-1 by email did not go out and nobody was told (on record: failed)",
    )
    life.close()


# --- a few of the lives of `make faults` ---


@pytest.mark.anyio
@pytest.mark.timeout(600)
async def test_a_worker_killed_or_stopped_in_the_middle_of_a_send_sends_nothing_twice_and_loses_nothing(
    ground: Ground,
) -> None:
    """The dead are noticed after half a minute of real time; that is how long this takes."""
    send = runs_of(await enumerated(ground), "send")[1]
    assert [b.name for b in send].count("before commit") == [b.name for b in send].count("after commit") == 7
    mail = [b.name for b in send].index("before mail")
    killed, deployed = Row("killed"), Row("deployed")
    places = [*spread(send, 3), *send[mail - 1 : mail + 3]]
    lives = [lived(killed, Life(ground, f"killed-{b.number}", ((Blow(b.number),),))) for b in places]
    lives += [
        lived(deployed, Life(ground, f"deployed-{b.number}", ((Blow(b.number, "deploy"),),))) for b in places[3:5]
    ]
    await Stage(ground.folder, at_once=3).all(killed, lives)
    assert killed.clean, killed.mistakes
    assert deployed.clean, deployed.mistakes
    assert (killed.tried, deployed.tried) == (7, 2)
    assert (killed.by_provider, killed.by_person) == (2, 2), "died between the claim and the record of the answer"
    assert (deployed.by_provider, deployed.by_person) == (0, 0), "a graceful stop lets the send finish"


@pytest.mark.anyio
async def test_a_case_that_is_sent_back_to_an_earlier_point_sends_nothing_twice(ground: Ground) -> None:
    row = Row("reset")
    lives = [lived(row, sent_back(ground, "rykker-1", part)) for part in (0.0, 0.5, 1.0)]
    await Stage(ground.folder).all(row, lives)
    assert row.clean, row.mistakes
    assert (row.tried, row.by_person) == (3, 0)
