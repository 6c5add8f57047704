"""Small pieces that every answer of the API is made of: amounts, rows on the creditor's clock, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel
from sqlmodel import Session, SQLModel, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.money import Money

Row = TypeVar("Row", bound=SQLModel)
Line = TypeVar("Line", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Leave out so many first.")]


class Amount(BaseModel):
    """An amount of money in major units with two decimals, and its currency."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Amount:
        return cls(amount=str(money.amount), currency=money.currency)


class Done(BaseModel):
    """What the engine said to a command."""

    said: str
    case_id: str


class Page(BaseModel, Generic[Line]):
    """Some lines of a list, and how long the whole list is."""

    items: list[Line]
    total: int
    limit: int
    offset: int


def shown(shape: type[Line], row: SQLModel, zone: ZoneInfo, **more: Any) -> Line:
    """A row in the shape in which it is answered, its instants on the creditor's clock."""
    values = {name: getattr(row, name) for name in shape.model_fields if hasattr(row, name)}
    times = {name: value.astimezone(zone) for name, value in values.items() if isinstance(value, datetime)}
    return shape.model_validate({**values, **times, **more})


def page(
    session: Session,
    query: SelectOfScalar[Row],
    limit: int,
    offset: int,
    lines: Callable[[list[Row]], Iterable[Line]],
) -> Page[Line]:
    """One page of an ordered query, its rows put into lines."""
    total = session.exec(select(func.count()).select_from(query.order_by(None).subquery())).one()
    rows = list(session.exec(query.limit(limit).offset(offset)))
    return Page(items=list(lines(rows)), total=total, limit=limit, offset=offset)
