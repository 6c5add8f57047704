"""Brings the database to the newest migration: run once before worker and API start."""

from __future__ import annotations

import logging

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from models.database import migrate
from models.settings import Settings


def main() -> None:
    """Migrate the database of this installation; doing it again changes nothing."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    address = Settings().database
    shown = make_url(address).render_as_string(hide_password=True)
    try:
        migrate(address)
    except OperationalError as error:
        raise SystemExit(
            f"{shown} cannot be reached; check DATABASE_URL and that the database is up: {error.orig}"
        ) from None
    logging.getLogger("rykker").info("%s is at the newest migration", shown)


if __name__ == "__main__":
    main()
