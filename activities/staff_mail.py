"""Whether what is mailed to people of a creditor arrives: heads-ups, alarms, anchors."""

from __future__ import annotations

from sqlmodel import Session, col, select

from models.deliveries import DeliveryRow, Word, code_of
from models.forgotten import Returned
from models.parties import PersonRow


def returned_mail(session: Session, creditor: str) -> tuple[Returned, ...]:
    """Active people of whom the newest report says that a mail of no case did not arrive."""
    query = select(PersonRow).where(PersonRow.creditor_id == creditor, col(PersonRow.active).is_(True))
    people = session.exec(query.order_by(PersonRow.id))
    reports = [(person.id, _newest(session, person.email)) for person in people]
    return tuple(
        Returned(person=person, said=" ".join(filter(None, (report.said, code_of(report.reason)))))
        for person, report in reports
        if report is not None and report.word == Word.failed
    )


def _newest(session: Session, email: str) -> DeliveryRow | None:
    """A server that takes mail and later sends it back is told of in that order, and counts as the latter."""
    query = (
        select(DeliveryRow)
        .where(
            col(DeliveryRow.address).in_({email, email.lower()}),
            col(DeliveryRow.creditor_id).is_(None),
            col(DeliveryRow.word).in_((Word.delivered, Word.failed)),
        )
        .order_by(col(DeliveryRow.at).desc(), col(DeliveryRow.received_at).desc())
    )
    return session.exec(query.limit(1)).first()
