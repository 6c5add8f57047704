"""The customer's page: what is owed, how to pay, and three things to do. The link is the only key; no script runs."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from activities.freezes import open_freezes
from activities.replies import still_to_tell, told
from activities.stops import NOT_TOLD
from models.books import BooksRefused, BooksUnavailable
from models.cases import CaseRow, FreezeRow
from models.database import reading, transaction
from models.inbox import InboxFileRow, InboxRow
from models.news import CUSTOMER, PromiseGiven, QuestionOpened
from web.engine import ask, tell
from web.links import Followed, Visit, turn_away
from web.page_forms import TOPICS, Asked, news_id, promise_problem, read_day, read_form, read_question, text_of
from web.page_route import OwnForm, PageRoute
from web.page_state import who_looks
from web.page_view import Refused, Sent, look, note, page
from web.page_words import HEADERS
from web.problems import Problem
from web.reach import Reach, Reached

router = APIRouter(prefix="/c", route_class=PageRoute, include_in_schema=False)

READ = ["GET", "HEAD"]
ANY = [*READ, "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@router.api_route("/{token}", methods=READ)
def show(visit: Followed, reach: Reached, plan: str = "", first: str = "") -> Response:
    """`plan` and `first` are instalments that were looked at before."""
    if not plan.isdecimal() or len(plan) > 2:
        return page(reach, visit)
    tried = Sent(count=int(plan), first=first if read_day(first) else "")
    return page(reach, visit, Refused(opened="plan", sent=tried, status=200))


@router.api_route("/{token}/invoices/{number:path}.pdf", methods=READ)
def document(visit: Followed, reach: Reached, number: str) -> Response:
    """An invoice of this very case, as the books have it; always as a download."""
    with reading(reach.database) as session:
        known = {invoice.number for invoice in look(session, visit).owed.invoices}
    if number not in known:
        return note(reach, visit, "no_document_title", "no_document", 404)
    try:
        content = reach.shelf.books(visit.case.creditor_id).pdf(number)
    except (BooksUnavailable, BooksRefused):
        return note(reach, visit, "books_down_title", "books_down", 503)
    if content is None:
        return note(reach, visit, "no_document_title", "no_document", 404)
    named = f"attachment; filename*=UTF-8''{quote(f'{number}.pdf', safe='')}"
    return Response(content, media_type="application/pdf", headers={**HEADERS, "Content-Disposition": named})


# --- a question ---


@router.post("/{token}/question", dependencies=[OwnForm])
async def question(visit: Followed, reach: Reached, request: Request) -> Response:
    """Keep what was written, stop the case, and only then answer. A case that is closed leaves it to a person."""
    async with read_form(request) as form:
        asked = await read_question(form)
    closed = visit.case.closed_at is not None
    if closed and "text" in asked.problems:
        return _see(visit.path)
    if asked.problems and not closed:
        return await _again(reach, visit, asked, asked.problems, 422)
    topic = asked.topic if asked.topic in TOPICS else "other"
    news = QuestionOpened(id=asked.id(visit.case.id), topic=topic, by=CUSTOMER)
    await run_in_threadpool(_keep, reach, visit.case, news, asked)
    try:
        if await run_in_threadpool(_still_to_tell, reach, news.id):
            await ask(reach, visit.case, news)
            await run_in_threadpool(_noted, reach, news.id)
    except Problem:
        # A case that was closed at this very moment is told nothing any more.
        if await run_in_threadpool(_still_to_tell, reach, news.id):
            return await _again(reach, visit, asked, {"text": "problem_engine"}, 503)
    return _see(f"{visit.path}/asked")


@router.api_route("/{token}/asked", methods=READ)
def asked(visit: Followed, reach: Reached) -> Response:
    """What has become of a question, as it is on record: the case stopped, or it is kept and will be looked at."""
    with reading(reach.database) as session:
        stops = open_freezes(session, visit.case)
        who = who_looks(session, visit.case, stops)
        kept = _unheard(session, visit.case)
    if any(stop.kind == "question" for stop in stops):
        return note(reach, visit, "asked_title", "asked_stopped", who=who)
    if not kept:
        return _see(visit.path)
    return note(reach, visit, "asked_title", "asked_kept" if visit.case.closed_at is None else "asked_closed", who=who)


def _unheard(session: Session, case: CaseRow) -> bool:
    """Whether the newest question of this page has neither stopped the case nor been dealt with by a person."""
    query = select(InboxRow).where(InboxRow.case_id == case.id, InboxRow.channel == "page")
    last = session.exec(query.order_by(col(InboxRow.received_at).desc())).first()
    if last is None or last.settled_at is not None:
        return False
    return session.get(FreezeRow, f"{case.id}:{last.id}") is None


def _keep(reach: Reach, case: CaseRow, news: QuestionOpened, asked: Asked) -> None:
    """What people write stays in the database; the same question sent again is there already.

    Until the case has been told it counts as a message that waits, and is told with the next one that gets through.
    """
    try:
        _store(reach, case, news, asked)
    except IntegrityError:
        # Pressed twice at the same moment: the other request has kept it.
        with reading(reach.database) as session:
            if session.get(InboxRow, news.id) is None:
                raise


def _store(reach: Reach, case: CaseRow, news: QuestionOpened, asked: Asked) -> None:
    with transaction(reach.database) as session:
        if session.get(InboxRow, news.id) is not None:
            return
        session.add(
            InboxRow(
                id=news.id,
                creditor_id=case.creditor_id,
                case_id=case.id,
                topic=news.topic,
                text=asked.text,
                channel="page",
                unmatched_why=NOT_TOLD,
            )
        )
        session.flush()
        if (file := asked.file) is not None:
            row = InboxFileRow(
                id=f"{news.id}.1", inbox_id=news.id, name=file.name, media_type=file.media_type, content=file.content
            )
            session.add(row)


def _still_to_tell(reach: Reach, inbox_id: str) -> bool:
    """Whether the case is open and has not heard of a question; one that came after the end is a person's from now."""
    with transaction(reach.database) as session:
        return bool(still_to_tell(session, [inbox_id]))


def _noted(reach: Reach, inbox_id: str) -> None:
    with transaction(reach.database) as session:
        told(session, inbox_id)


async def _again(reach: Reach, visit: Visit, asked: Asked, problems: dict[str, str], status: int) -> Response:
    """The form once more with what was written; a browser lets nobody put the file back."""
    if asked.file is not None:
        problems = {**problems, "file": "problem_file_again"}
    sent = Sent(topic=asked.topic, text=asked.text, form=asked.form)
    return await run_in_threadpool(page, reach, visit, Refused("question", sent, problems, status))


# --- a promise ---


@router.post("/{token}/promise", dependencies=[OwnForm])
async def promise(visit: Followed, reach: Reached, request: Request) -> Response:
    """Hand over the day on which the customer will pay."""
    async with read_form(request) as form:
        written, form_id = text_of(form, "day"), text_of(form, "form")
    if visit.case.closed_at is not None:
        return _see(visit.path)
    day = read_day(written)
    sent = Sent(day=written if day else "", form=form_id)
    offered = await run_in_threadpool(_may_promise, reach, visit)
    problem = promise_problem(day, visit.today, visit.settings) if offered else "problem_promised"
    if problem or day is None:
        return await run_in_threadpool(page, reach, visit, Refused("promise", sent, {"day": problem}))
    news = PromiseGiven(id=news_id("promise", visit.case.id, form_id, written), day=day, by=CUSTOMER)
    try:
        await tell(reach, visit.case, "promise_given", news)
    except Problem:
        refused = Refused("promise", sent, {"day": "problem_engine_other"}, 503)
        return await run_in_threadpool(page, reach, visit, refused)
    return _see(f"{visit.path}/promised")


@router.api_route("/{token}/promised", methods=READ)
def promised(visit: Followed, reach: Reached) -> Response:
    return note(reach, visit, "promised_title", "promised")


def _may_promise(reach: Reach, visit: Visit) -> bool:
    with reading(reach.database) as session:
        return look(session, visit).state.may_promise


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, headers=HEADERS)


# --- everything else under /c ---

elsewhere = APIRouter(prefix="/c", route_class=PageRoute, include_in_schema=False)


@elsewhere.api_route("/{rest:path}", methods=ANY)
def nowhere(request: Request, reach: Reached) -> Response:
    """A link that was cut, or was never one."""
    turn_away(request, reach, 404)
