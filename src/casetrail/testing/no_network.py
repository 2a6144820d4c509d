"""Running a program where nothing can be reached: for showing that it asks nobody.

Two ways at once. Where the kernel allows it the program runs in a network namespace of its own, which has no route,
so that compiled code cannot reach anybody either. And every Python process of it, workers included, refuses to look
up names or to connect, and writes down that it was asked to.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = ("unshare", "--map-current-user", "--net")
ATTEMPTS = "CASETRAIL_TEST_ATTEMPTS"
_WATCHED = "socket.connect socket.getaddrinfo socket.gethostbyname socket.sendto socket.bind"
_HOOK = f"""
import os, sys

def _refuse(event, arguments):
    if event in {_WATCHED.split()!r}:
        asked = arguments[1] if event in ("socket.connect", "socket.sendto", "socket.bind") else arguments[0]
        if not isinstance(asked, tuple) and event in ("socket.connect", "socket.sendto", "socket.bind"):
            return  # a socket of this machine, by which processes speak to each other
        with open(os.environ["{ATTEMPTS}"], "a") as file:
            file.write(event + " " + repr(asked) + "\\n")
        raise OSError("no network in this test")

sys.addaudithook(_refuse)
"""


@dataclass(frozen=True)
class CutOff:
    """A way to run programs without a network; `folder` holds the hook and what was attempted."""

    folder: Path

    def command(self, command: Sequence[str | Path]) -> list[str]:
        """The command, in a namespace without any route where this machine allows it."""
        plain = [str(part) for part in command]
        return [*NAMESPACE, *plain] if can_cut_off() else plain

    def environment(self) -> Mapping[str, str]:
        """What makes every Python process refuse; the folder is filled with what they need."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
        self._log.touch()
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(paths), ATTEMPTS: str(self._log)}

    @property
    def attempts(self) -> tuple[str, ...]:
        """What was attempted, in order."""
        return tuple(self._log.read_text(encoding="utf-8").splitlines())

    @property
    def _log(self) -> Path:
        return self.folder / "attempts"


def can_cut_off() -> bool:
    """Whether this machine lets a program have a network namespace of its own."""
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
