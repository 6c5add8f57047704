"""The shelf of books: opens the accounting source that a creditor is connected to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter
from sqlalchemy import Engine

from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from activities.books.economic import EconomicBooks
from models.books import Books, BooksRefused
from models.creditor import BooksSource, CreditorSettings, EconomicSource
from models.database import transaction
from models.parties import CreditorRow
from models.settings import Settings

SOURCE: TypeAdapter[BooksSource] = TypeAdapter(BooksSource)


@dataclass
class Shelf:
    """Opens each creditor's books once per process."""

    database: Engine
    rest_url: str
    openapi_url: str
    app_secret: str
    _open: dict[str, Books] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def books(self, creditor: str) -> Books:
        """The creditor's books; BooksRefused when its connection is not configured."""
        with self._lock:
            if creditor not in self._open:
                with transaction(self.database) as session:
                    row = session.get_one(CreditorRow, creditor)
                    source, settings = SOURCE.validate_python(row.books), row.settings
                self._open[creditor] = self._connect(source, CreditorSettings.model_validate(settings))
            return self._open[creditor]

    def put(self, creditor: str, books: Books) -> None:
        """Put books on the shelf that were opened elsewhere."""
        self._open[creditor] = books

    def close(self) -> None:
        for books in self._open.values():
            books.close()
        self._open.clear()

    def _connect(self, source: BooksSource, settings: CreditorSettings) -> Books:
        if isinstance(source, EconomicSource):
            grant = os.environ.get(source.grant_variable, "")
            if not grant:
                raise BooksRefused(
                    f"the grant token of e-conomic is not set; put it into the environment as {source.grant_variable}"
                )
            return EconomicBooks(self.rest_url, self.openapi_url, self.app_secret, grant)
        return CsvBooks(
            Path(source.path),
            ColumnMapping.model_validate(source.columns),
            settings.currency,
            payments_path=source.payments_path or None,
            pdf_dir=source.pdf_folder or None,
        )


def shelf_of(settings: Settings, database: Engine) -> Shelf:
    """The accounting sources as the environment configures them."""
    return Shelf(
        database,
        settings.economic_rest_url,
        settings.economic_openapi_url,
        settings.economic_app_secret_token.get_secret_value(),
    )
