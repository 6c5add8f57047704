"""Who calls: a person of one creditor, known by a bearer token, as admin or rep."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session, col, select

from commands.seed import token_hash
from models.creditor import CreditorSettings
from models.database import transaction
from models.news import Actor, Role
from models.parties import CreditorRow, PersonRow
from web.problems import Problem
from web.reach import Reached

BEARER = HTTPBearer(auto_error=False, description="The token an admin was given with `rykker`, or a rep by an admin.")
PEOPLE = (Role.admin, Role.rep)
"""The engine acts too, but it has no token."""


@dataclass(frozen=True)
class Caller:
    """A person of a creditor, and the settings by which what they see is shown."""

    id: str
    role: Role
    creditor: str
    books_number: str
    settings: CreditorSettings

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, role=self.role)

    @property
    def zone(self) -> ZoneInfo:
        """Times are shown on the creditor's clock."""
        return self.settings.tz


def _signed_in(reach: Reached, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Caller:
    if credentials is None:
        raise _unknown("Send your token with every request, in the header Authorization: Bearer <token>.")
    with transaction(reach.database) as session:
        person = _person(session, credentials.credentials)
        if person is None:
            raise _unknown("This token is not known, or is no longer in use. Ask an admin for a new one.")
        settings = session.get_one(CreditorRow, person.creditor_id).settings
        return Caller(
            id=person.id,
            role=Role(person.role),
            creditor=person.creditor_id,
            books_number=person.books_number,
            settings=CreditorSettings.model_validate(settings),
        )


SignedIn = Annotated[Caller, Depends(_signed_in)]


def admins_only(what: str) -> Callable[[Caller, Reached], Caller]:
    """A dependency that lets only admins through; `what` completes "only an admin can"."""

    def check(caller: SignedIn, reach: Reached) -> Caller:
        if caller.role is Role.admin:
            return caller
        with transaction(reach.database) as session:
            query = select(PersonRow.name).where(
                PersonRow.creditor_id == caller.creditor,
                PersonRow.role == Role.admin,
                col(PersonRow.active).is_(True),
            )
            names = " or ".join(session.exec(query.order_by(PersonRow.name)))
        raise Problem(403, f"Only an admin can {what}, and you are a {caller.role}. Ask {names or 'for an admin'}.")

    return check


def _person(session: Session, token: str) -> PersonRow | None:
    """The one active person a token belongs to. Only hashes are compared, so the lookup tells nothing of the token."""
    wanted = token_hash(token)
    query = select(PersonRow).where(PersonRow.token_hash == wanted, col(PersonRow.active).is_(True))
    found = [p for p in session.exec(query) if hmac.compare_digest(p.token_hash, wanted) and p.role in PEOPLE]
    return found[0] if len(found) == 1 else None


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
