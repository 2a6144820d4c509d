"""A PostgreSQL server of its own for tests: on a socket in a temporary folder, gone afterwards."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

ACCOUNT = "postgres"  # initdb refuses root
_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=40 -c shared_buffers=16MB"
_APT = ("apt-get", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10")  # without a network, soon told
_PACKAGE = (*_APT, "install", "-y", "--no-install-recommends", "postgresql")


class NoServerError(Exception):
    """There is no PostgreSQL here and none can be installed; says why."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server: the address of its database, and the folder that holds all of its bytes."""

    address: str
    folder: Path

    def empty(self) -> None:
        """Remove everything in the database."""
        engine = create_engine(self.address.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))


@contextmanager
def open_postgres() -> Iterator[PostgresServer]:
    """A fresh server, gone afterwards.

    Looks for the programs on this machine and installs the Debian package where it may. Raises NoServerError.
    """
    programs = _find_programs() or _install()
    folder = Path(tempfile.mkdtemp(prefix="casetrail-pg-"))
    try:
        account = _own(folder)
        data = folder / "data"
        _run(account, [programs / "initdb", "-D", data, "-A", "trust", "-U", account, "--no-sync", "-E", "UTF8"])
        options = f"{_OPTIONS} -c unix_socket_directories='{folder}'"
        _run(account, [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "server.log", "-o", options, "start"])
        try:
            yield PostgresServer(f"postgresql://{account}@/postgres?host={folder}", data)
        finally:
            _run(account, [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_programs() -> Path | None:
    on_path = shutil.which("initdb")
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    whole = [place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()]
    return max(whole, default=None)


def _install() -> Path:
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise NoServerError("PostgreSQL is not installed, and only root on Debian can install it here")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (_PACKAGE, (*_APT, "update"), _PACKAGE):
        subprocess.run(command, env=environment, capture_output=True, check=False)
        found = _find_programs()
        if found is not None:
            return found
    raise NoServerError("PostgreSQL is not installed and its package could not be installed")


def _own(folder: Path) -> str:
    """The account that runs the server: this one, or the package's when this one is root."""
    if os.getuid() != 0:
        return getpass.getuser()
    shutil.chown(folder, ACCOUNT, ACCOUNT)
    folder.chmod(0o755)
    return ACCOUNT


def _run(account: str, command: list[Path | str]) -> None:
    words = [str(word) for word in command]
    as_other = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*as_other, *words],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise NoServerError(f"{Path(words[0]).name} ended with {done.returncode}: {done.stdout.decode()[-300:]}")
