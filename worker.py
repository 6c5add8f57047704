"""The worker: connects, registers, runs. Stops gracefully, so that no send is cut in half."""

from __future__ import annotations

import asyncio
import logging
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.alarm_mail import AlarmDesk
from activities.anchor import AnchorDesk
from activities.channels.calls import is_loopback
from activities.channels.mail import SendGridMail
from activities.channels.text import NoText, TwilioText
from activities.company_watch import CompanyWatch, registers_of
from activities.composing import WordingFolders
from activities.decide import Decide
from activities.delivery_desk import DeliveryDesk
from activities.guard import Guards
from activities.heads_up import HeadsUpDesk
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from activities.propose import Propose
from activities.pulse import Pulse
from activities.registers.registers import Registers
from activities.send import Send
from activities.shelf import Shelf, shelf_of
from activities.sweep import Sweep
from commands.leaving import leaving
from commands.schedules import keep_schedules
from models.connection import connect
from models.database import migrate, open_database
from models.settings import TEMPLATES, Settings
from workflows.mail_anchor import MailAnchor
from workflows.mirror_books import MirrorBooks
from workflows.names import TASK_QUEUE
from workflows.reminder_case import ReminderCase
from workflows.sweep_cases import SweepCases
from workflows.watch_companies import WatchCompanies

THREADS = 20
UNDER_WAY = 500
WORKFLOWS = [ReminderCase, MirrorBooks, WatchCompanies, SweepCases, MailAnchor]


def text_service(settings: Settings) -> Callable[[str], TwilioText | NoText]:
    """The SMS service for a creditor's sender name, which reports to us unless it could not reach us."""
    reachable = not is_loopback(settings.public_url) or is_loopback(settings.twilio_base_url)
    callback = f"{settings.public_url.rstrip('/')}/hooks/twilio/status" if reachable else None

    def text_from(sender: str) -> TwilioText | NoText:
        try:
            return TwilioText(
                settings.twilio_account_sid,
                settings.twilio_auth_token.get_secret_value(),
                sender or settings.twilio_sender,
                base_url=settings.twilio_base_url or None,
                status_callback=callback,
            )
        except ValueError as error:
            # Texts may be left out; raised in the middle of a send, this would make a mystery of every one of them.
            return NoText(str(error))

    return text_from


def heads_up_desk(settings: Settings, database: Engine, mail: SendGridMail) -> HeadsUpDesk:
    """Where people are told of what waits for them."""
    return HeadsUpDesk(
        database,
        mail,
        TEMPLATES / "heads-up",
        f"{settings.public_url}/proposals",
        timedelta(seconds=settings.heads_up_gather_seconds),
    )


def mail_service(settings: Settings) -> SendGridMail:
    return SendGridMail(settings.sendgrid_api_key.get_secret_value(), host=settings.sendgrid_host)


def build_worker(
    client: Client,
    settings: Settings,
    database: Engine,
    *,
    shelf: Shelf | None = None,
    registers: Registers | None = None,
    task_queue: str = TASK_QUEUE,
) -> Worker:
    """A worker with every workflow and every activity, ready to run."""
    folders = WordingFolders.of_installation(settings)
    shelf = shelf or shelf_of(settings, database)
    mail = mail_service(settings)
    text_from = text_service(settings)
    desk = heads_up_desk(settings, database, mail)
    decide, propose = Decide(database, folders), Propose(database, folders, desk)
    mirror, cases = Mirror(database, shelf), OpenCases(database, client, task_queue)
    watch = CompanyWatch(database, registers or registers_of(settings), cases)
    alarms = AlarmDesk(database, mail, TEMPLATES / "alarms", f"{settings.public_url}/alarms")
    # Heads-ups gather without holding a thread, so many activities may be under way on few threads.
    warnings.filterwarnings("ignore", "Worker max_concurrent_activities is", UserWarning)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            decide.decide,
            decide.record_release,
            propose.propose,
            propose.assign,
            propose.tell,
            Guards(database, folders, shelf).guard,
            Send(database, folders, shelf, mail, text_from).send,
            mirror.read_books,
            cases.tell_cases,
            watch.watch_companies,
            DeliveryDesk(database, client, text_from, desk).follow_deliveries,
            Sweep(database, cases, alarms).sweep,
            AnchorDesk(database, mail, TEMPLATES / "anchor").mail_anchor,
        ],
        interceptors=[Pulse()],
        activity_executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="activity"),
        max_concurrent_activities=UNDER_WAY,
        max_concurrent_local_activities=THREADS,
        # Longer than any activity: a deploy lets a send finish.
        graceful_shutdown_timeout=timedelta(minutes=5, seconds=30),
    )


async def main() -> None:
    """Run until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its addresses hold customer numbers.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings()
    migrate(settings.database)
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client, database = await connect(), open_database(settings.database)
    worker = build_worker(client, settings, database)
    async with worker:
        logging.getLogger("rykker").info("worker ready on task queue %s", worker.task_queue)
        keeping = asyncio.create_task(keep_schedules(client, database)) if settings.rykker_schedules else None
        await stop.wait()
        if keeping is not None:
            keeping.cancel()
    database.dispose()


if __name__ == "__main__":
    with leaving():
        asyncio.run(main())
