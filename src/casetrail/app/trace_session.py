"""A trace in one sitting: what is known is read once, kept in memory between answers, and every change is stored.

Small scopes are searched exactly (`casetrail.app.trace_work`); a city by a field of whereabouts over its
streets (`casetrail.trace.search`). Both are the same session to a screen, a script and a measurement.
"""

from collections.abc import Sequence
from typing import Protocol

from casetrail.app.city_session import CitySession
from casetrail.app.review_trace import Proposal, answer_question, propose, undo_answer
from casetrail.app.trace_work import Progress, TracePorts, read_known
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import UsageError
from casetrail.trace.case_trace import Answer, CaseTrace, Question

LEAST_CITY, MOST_EXACT = 20, 100  # cameras: with fewer a case is never searched as a city, with more it always is;
MOST_EXACT_S = 100 * 3600.0  # between by the camera-seconds of its scope,
LEAST_PLACES = 2  # and by of how many places there are records, as long as nobody is confirmed


class TraceSession(Protocol):
    """One case, traced and reviewed step by step. Whatever a call does is in the case vault when it returns."""

    def advance(self, progress: Progress | None = None) -> None:
        """Open what is worth its cost by now, until there is something to ask or the budget is spent."""

    def question(self) -> Question | None:
        """The next question, None when nothing is left to ask."""

    def answer(self, presence_id: str, answer: Answer, along: Sequence[str] = ()) -> None:
        """Put an answer on record and infer again. `along`: those shown along with it of whom the same holds, as far
        as the reviewer can tell. Raises UsageError when the presence was never opened.
        """

    def undo(self) -> None:
        """Withdraw the last answer in force; it stays on record. Raises UsageError when there is none."""

    def trace(self) -> CaseTrace:
        """The case trace as it stands."""

    def proposal(self) -> Proposal:
        """The case trace, the next question, and how many were answered."""


def open_trace_session(ports: TracePorts, case_id: str, actor: Actor) -> TraceSession:
    """A session on a case. Raises RefusedError when nobody may work on it, MissingError without a case or cameras."""
    if is_city(ports, case_id, actor):
        return CitySession(ports, case_id, actor)
    return SmallSession(ports, case_id, actor)


def is_city(ports: TracePorts, case_id: str, actor: Actor) -> bool:
    """Whether a case is searched as a city. Between 20 and 100 cameras that takes a scope too large for comparing
    everything opened with each other, and somebody who is confirmed or records of two places to begin with
    (docs/adr/0035). Raises RefusedError when nobody may look at it, MissingError without a case.
    """
    cameras = ports.catalogue.read_cameras()
    if not LEAST_CITY <= len(cameras) <= MOST_EXACT:
        return len(cameras) > MOST_EXACT
    ports.case.gate.check(actor, Act.TRACE_SHOW, case_id)
    known = read_known(ports.case, case_id)
    scope = known.file.case.scope
    allowed = sum(scope.allows_camera(camera.camera_id) for camera in cameras)
    large = allowed >= LEAST_CITY and allowed * scope.interval.duration_s > MOST_EXACT_S
    places = {anchor.place for anchor in known.anchors if anchor.place is not None}
    return large and (bool(known.confirmed) or len(places) >= LEAST_PLACES)


class SmallSession:
    """A session over the exact search."""

    def __init__(self, ports: TracePorts, case_id: str, actor: Actor) -> None:
        self._ports, self._case_id, self._actor = ports, case_id, actor
        self._proposal: Proposal | None = None

    def advance(self, progress: Progress | None = None) -> None:
        """Open and infer."""
        self._proposal = propose(self._ports, self._case_id, self._actor, progress)

    def question(self) -> Question | None:
        """The next question, None when nothing is left to ask."""
        return self._current().question

    def answer(self, presence_id: str, answer: Answer, along: Sequence[str] = ()) -> None:  # noqa: ARG002
        """Put an answer on record and infer again; nobody is shown along here."""
        self._proposal = answer_question(self._ports, self._case_id, presence_id, answer, self._actor)

    def undo(self) -> None:
        """Withdraw the last answer in force."""
        self._proposal = undo_answer(self._ports, self._case_id, self._actor)

    def trace(self) -> CaseTrace:
        """The case trace as it stands."""
        return self._current().trace

    def proposal(self) -> Proposal:
        """The case trace, the next question, and how many were answered."""
        return self._current()

    def _current(self) -> Proposal:
        if self._proposal is None:
            self.advance()
        if self._proposal is None:
            raise UsageError("nothing was proposed", where=f"case {self._case_id}")
        return self._proposal
