"""The worker: connects, registers, runs. Stops gracefully, so that no send is cut in half."""

from __future__ import annotations

import asyncio
import logging
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.channels.mail import SendGridMail
from activities.channels.text import TwilioText
from activities.composing import WordingFolders
from activities.decide import Decide
from activities.guard import Guards
from activities.heads_up import HeadsUpDesk
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from activities.propose import Propose
from activities.send import Send
from activities.shelf import Shelf
from models.connection import connect
from models.database import migrate, open_database
from models.settings import TEMPLATES, Settings
from workflows.mirror_books import MirrorBooks
from workflows.names import TASK_QUEUE
from workflows.reminder_case import ReminderCase

THREADS = 20
UNDER_WAY = 500
WORKFLOWS = [ReminderCase, MirrorBooks]


def shelf_of(settings: Settings, database: Engine) -> Shelf:
    """The accounting sources as the environment configures them."""
    return Shelf(
        database,
        settings.economic_rest_url,
        settings.economic_openapi_url,
        settings.economic_app_secret_token.get_secret_value(),
    )


def build_worker(
    client: Client,
    settings: Settings,
    database: Engine,
    *,
    shelf: Shelf | None = None,
    task_queue: str = TASK_QUEUE,
    max_cached_workflows: int = 1000,
) -> Worker:
    """A worker with every workflow and every activity, ready to run."""
    folders = WordingFolders(own=settings.own_wording, built_in=TEMPLATES / "wording")
    shelf = shelf or shelf_of(settings, database)
    mail = SendGridMail(settings.sendgrid_api_key.get_secret_value(), host=settings.sendgrid_host)

    def text_from(sender: str) -> TwilioText:
        return TwilioText(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            sender or settings.twilio_sender,
            base_url=settings.twilio_base_url or None,
        )

    desk = HeadsUpDesk(
        database,
        mail,
        TEMPLATES / "heads-up",
        f"{settings.public_url}/proposals",
        timedelta(seconds=settings.heads_up_gather_seconds),
    )
    decide, propose = Decide(database, folders), Propose(database, folders, desk)
    mirror, cases = Mirror(database, shelf), OpenCases(database, client, task_queue)
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
        ],
        activity_executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="activity"),
        max_concurrent_activities=UNDER_WAY,
        max_concurrent_local_activities=THREADS,
        max_cached_workflows=max_cached_workflows,
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
    worker = build_worker(await connect(), settings, open_database(settings.database))
    async with worker:
        logging.getLogger("rykker").info("worker ready on task queue %s", worker.task_queue)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
