"""A PostgreSQL cluster of our own that may be crashed: other folder, other port than any that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import create_engine, make_url

from commands.stack import free_port
from models.database import migrate

PROGRAMS = Path("/usr/lib/postgresql/15/bin")


class PostgresCluster:
    """Started for the length of a block; whatever it holds is thrown away."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="rykker-postgres-"))
        self._port = free_port()

    @staticmethod
    def missing() -> str:
        """Why there can be no cluster on this machine; empty when there can."""
        return "" if (PROGRAMS / "initdb").exists() else f"PostgreSQL 15 is not installed ({PROGRAMS} is missing)"

    def __enter__(self) -> PostgresCluster:
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", self._data, "--username=rykker", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        listening = f"-h 127.0.0.1 -p {self._port} -k {self._folder}"
        self._run(
            "pg_ctl", "-D", self._data, "-l", str(self._folder / "log"), "-w", "-t", "60", "-o", listening, "start"
        )

    def crash(self) -> None:
        """Stop without a word to anybody; what was not committed is lost."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def new_database(self) -> str:
        """The address of an empty database with our tables."""
        name = f"rykker_{uuid.uuid4().hex}"
        address = make_url(f"postgresql+psycopg://rykker@127.0.0.1:{self._port}/postgres")
        admin = create_engine(address, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        url = address.set(database=name).render_as_string(hide_password=False)
        migrate(url)
        return url

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        """As the user postgres where we are root: the programs refuse to be run by root."""
        as_postgres = ("runuser", "-u", "postgres", "--") if os.getuid() == 0 else ()
        subprocess.run(
            [*as_postgres, str(PROGRAMS / program), *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL
        )
