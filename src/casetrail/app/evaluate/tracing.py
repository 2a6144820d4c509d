"""A way of tracing, as measurements see one: the engine that is shipped, or a contender on the same ports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer
from casetrail.app.evaluate.world import World, WorldCase


@dataclass(frozen=True)
class Claim:
    """That a presence is the index case, with what probability, made before the truth was known."""

    presence_id: str
    probability: float


@dataclass(frozen=True)
class Outcome:
    """What tracing a case came to. `confirmed`: presences reported as confirmed; `claims`: probabilities stated.

    `engine_s`: own computing, without describing; `first_s`: until the first proposal; `answers_s`: after each answer.
    `first_views`: views described until the first proposal.
    `given_lead`: whether the case's lead was given, so that it is not counted as found.
    """

    confirmed: frozenset[str]
    claims: tuple[Claim, ...] = ()
    engine_s: float = 0.0
    first_s: float = 0.0
    first_views: int = 0
    answers_s: Sequence[float] = field(default_factory=tuple)
    given_lead: bool = False


Tracer = Callable[[World, WorldCase, Meter, CaseReviewer], Outcome]
