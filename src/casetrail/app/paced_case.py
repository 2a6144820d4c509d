"""One case's trace as steps that others can come between: it pauses after every batch of presences it describes.

The trace itself knows nothing of this: it runs in a thread of its own, which waits at each pause for its next turn.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from casetrail.app.city_session import CitySession
from casetrail.app.run_cases import Priority
from casetrail.app.run_trace import run_trace
from casetrail.app.trace_session import is_city
from casetrail.app.trace_work import Progress, TracePorts
from casetrail.governance.audit import Actor
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.trace.case_trace import CaseTrace

BATCH = 50  # presences described before others may come between: a second or so

Opener = Callable[..., Sequence[Sighting]]


def trace_case(ports: TracePorts, case_id: str, actor: Actor, progress: Progress | None = None) -> CaseTrace:
    """Trace a case as far as its evidence leads, exactly where its scope is small, else as a city is searched.

    Raises what `run_trace` and `CitySession` raise.
    """
    if not is_city(ports, case_id, actor):
        return run_trace(ports, case_id, actor, progress)
    session = CitySession(ports, case_id, actor)
    session.advance(progress)
    return session.trace()


class _LeftError(BaseException):
    """Unwinds the thread of a case that was left; nothing between may take it for an error of its own."""


class PacedCase:
    """The trace of one case, as `CaseWork`. What was described is in the case vault when a step ends."""

    def __init__(
        self, case_id: str, priority: Priority, open_ports: Callable[[], TracePorts], actor: Actor, batch: int = BATCH
    ) -> None:
        self.case_id, self.priority = case_id, priority
        self.trace: CaseTrace | None = None
        self._open_ports, self._actor, self._batch = open_ports, actor, batch
        self._turn, self._pause = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._ended = self._left = False

    def step(self) -> bool:
        """Go on until the next batch is described and stored, or the trace is; raises what the trace raises."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"trace {self.case_id}", daemon=True)
            self._thread.start()
        else:
            self._turn.release()
        self._pause.acquire()
        if self._error is not None:
            raise self._error
        return not self._ended

    def close(self) -> None:
        """Leave the trace where it paused; running the case again goes on from there."""
        if self._thread is not None and not self._ended:
            self._left = True
            self._turn.release()
            self._thread.join()

    def _run(self) -> None:
        try:
            ports = self._open_ports()
            paced = replace(ports, open_presences=self._paced(ports.open_presences))
            with suppress(_LeftError):  # it was told to stop; what was opened is stored
                self.trace = trace_case(paced, self.case_id, self._actor)
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that asked for the step
            self._error = error
        finally:
            self._ended = True
            self._pause.release()

    def _paced(self, opener: Opener) -> Opener:
        def open_presences(presences: Sequence[Presence], *more: object) -> Sequence[Sighting]:
            found: list[Sighting] = []
            for start in range(0, len(presences), self._batch):
                found += opener(presences[start : start + self._batch], *more)
                self._let_others()
            return found

        return open_presences

    def _let_others(self) -> None:
        self._pause.release()
        self._turn.acquire()
        if self._left:
            raise _LeftError
