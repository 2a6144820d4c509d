"""What runs inside a worker process."""

import os
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from casetrail.model.errors import CasetrailError


@dataclass(frozen=True)
class Answer:
    """What a worker says about a unit (`index`), or, with index -1, about its setup."""

    index: int
    result: Any = None
    failure: str = ""


SETUP = -1


def serve(pipe: Connection, work: Callable[[Any], Any], setup: Callable[[], None] | None) -> None:
    """Do units as they come through the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    ready = _do(SETUP, lambda _: setup() if setup else None, None)
    pipe.send(ready)
    if ready.failure:
        return
    while True:
        try:
            index, unit = pipe.recv()
        except EOFError:
            return
        pipe.send(_do(index, work, unit))


def _end_with_parent() -> None:
    """Wait for the parent's end; the kernel closes its side of this pipe even when it was killed."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(index: int, work: Callable[[Any], Any], unit: Any) -> Answer:
    try:
        return Answer(index, work(unit))
    except CasetrailError as error:
        return Answer(index, failure=str(error))
    except Exception as error:  # noqa: BLE001  a bug in one unit must not cost the others; it is reported as one
        return Answer(index, failure=_describe_bug(error))


def _describe_bug(error: Exception) -> str:
    """Kind and place of an unexpected error, without its text, which might hold what it should not."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"{place}: unexpected {type(error).__name__}; please report this bug"
