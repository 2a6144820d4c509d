"""A PostgreSQL server of its own for tests: on a socket in a temporary folder, gone afterwards."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

ACCOUNT = "postgres"  # initdb refuses root
_OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40", "-c", "shared_buffers=16MB")
_PATIENCE = 300  # tenths of a second
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
        with _connect(self.address).begin() as connection:
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
        address = f"postgresql://{account}@/postgres?host={folder}"
        with _serving(account, programs, folder, address):
            yield PostgresServer(address, data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(account: str, programs: Path, folder: Path, address: str) -> Iterator[None]:
    """The server as a child, which the system ends together with this process, however that ends."""
    options = [*_OPTIONS, "-c", f"unix_socket_directories={folder}"]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), *options]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*_as(account, "--pdeathsig=INT"), *command], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait(address, folder, server)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _wait(address: str, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(_PATIENCE):
        try:
            _connect(address).connect().close()
        except OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    told = (folder / "server.log").read_text(encoding="utf-8", errors="replace")[-300:]
    raise NoServerError(f"the server did not start: {told}")


def _connect(address: str) -> Engine:
    return create_engine(address.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)


def _find_programs() -> Path | None:
    on_path = shutil.which("initdb")
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    whole = [place for place in places if (place / "initdb").exists() and (place / "postgres").exists()]
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
    done = subprocess.run(
        [*_as(account), *words],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise NoServerError(f"{Path(words[0]).name} ended with {done.returncode}: {done.stdout.decode()[-300:]}")


def _as(account: str, *options: str) -> list[str]:
    """What runs a command as an account, where this one is root."""
    if shutil.which("setpriv") is None:
        return []
    other = [f"--reuid={account}", f"--regid={account}", "--clear-groups"] if os.getuid() == 0 else []
    return ["setpriv", *options, *other] if options or other else []
