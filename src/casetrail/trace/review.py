"""Review: which presence to ask about next, and when there is nothing left to ask."""

from collections.abc import Mapping, Sequence

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer, Question
from casetrail.trace.inference import Inference
from casetrail.trace.topology import Topology

ASK_ABOVE = 0.1  # an unreviewed candidate below this marginal is not worth a reviewer's look,
LONG_SHOT = 0.03  # unless hardly any look was spent in vain yet: then long shots may still find the next stretch
IN_VAIN, IN_VAIN_SHARE = 3, 0.2  # how many looks may be: so many, and a share of the confirmed ones;
LIKELY = 0.4  # and once several times as many were, only what is likely is still asked
SEED_S = 20.0  # seconds from an anchor that halve a first question's worth
SEED_M = 30.0
REFERENCE_BITS = 4.0  # what the first further reference is worth: clothing says little against a single view


def choose_question(
    inference: Inference, answers: Mapping[str, Answer], anchors: Sequence[Anchor], cameras: Topology
) -> Question | None:
    """The next question, or None when every step of the best case trace is answered and no candidate is left.

    Before any confirmed sighting, those nearest to the anchors come first; afterwards what tells most.
    """
    confirmed = sum(answer is Answer.YES for answer in answers.values())
    gain = _information(inference, confirmed) if confirmed else _nearness(inference, anchors, cameras)
    worth = np.where(_askable(inference, answers, confirmed), gain, -np.inf)
    if not len(worth) or not np.isfinite(worth.max()):
        return None
    index = int(worth.argmax())
    sighting = inference.sightings[index]
    similarity = float(inference.similarity[index])
    return Question(
        sighting.presence_id,
        sighting.camera_id,
        sighting.interval,
        float(inference.probability[index]),
        None if np.isnan(similarity) else similarity,
        float(gain[index]),
    )


def entropy_bits(probability: Doubles) -> Doubles:
    """Entropy of yes or no, in bits."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def _askable(inference: Inference, answers: Mapping[str, Answer], confirmed: int) -> Doubles:
    """Not answered yet and probable enough; before the first yes, anybody. Steps below the level are not proposed."""
    ids = [sighting.presence_id for sighting in inference.sightings]
    new = np.array([presence_id not in answers for presence_id in ids], bool)
    if not confirmed:
        return new
    in_vain = len(answers) - confirmed
    return np.asarray(new & (inference.probability >= _level(in_vain, confirmed)))


def _level(in_vain: int, confirmed: int) -> float:
    """Patience is a budget: the more looks were spent in vain, the likelier a candidate has to be."""
    allowed = IN_VAIN + IN_VAIN_SHARE * confirmed
    if in_vain < allowed:
        return LONG_SHOT
    return ASK_ABOVE if in_vain < 3 * allowed else LIKELY


def _information(inference: Inference, confirmed: int) -> Doubles:
    """Expected information: the entropy that a yes settles here and nearby, and the worth of a new reference."""
    own = entropy_bits(inference.probability)
    told = own * (1 + _neighbours(inference, own))  # a yes settles what hangs on it, a no only the one
    return np.asarray(inference.probability * (told + REFERENCE_BITS / confirmed))


def _neighbours(inference: Inference, own: Doubles) -> Doubles:
    """Entropy of others close in time: an answer tells about them too, the less the further away."""
    middle = np.array([(s.interval.start_us + s.interval.end_us) / 2 for s in inference.sightings]) / SECOND_US
    apart = np.abs(middle[:, None] - middle[None])
    reach = max(float(np.median(np.diff(np.sort(middle)))) * 5, 10.0) if len(middle) > 1 else 10.0
    near = np.exp(-apart / reach)
    np.fill_diagonal(near, 0.0)
    return np.asarray(0.2 * near @ own)


def _nearness(inference: Inference, anchors: Sequence[Anchor], cameras: Topology) -> Doubles:
    """How near each sighting is to any anchor in time and place, times its marginal (which knows the ways between)."""
    worth = 0.01 * np.ones(len(inference.sightings))
    for anchor in anchors:
        gap_m = np.nan_to_num(cameras.gaps_to_place_m(anchor.place, anchor.radius_m))
        row = cameras.indices([sighting.camera_id for sighting in inference.sightings])
        late_s = np.array([_apart_s(sighting.interval, anchor.interval) for sighting in inference.sightings])
        worth += anchor.reliability * _half(late_s, SEED_S) * _half(gap_m[row], SEED_M) * _sharp(anchor)
    return np.asarray(worth * (inference.probability + 0.05))


def _apart_s(one: UtcInterval, other: UtcInterval) -> float:
    return max(one.start_us - other.end_us, other.start_us - one.end_us, 0) / SECOND_US


def _half(value: Doubles, scale: float) -> Doubles:
    return np.asarray(1 / (1 + (value / scale) ** 2))


def _sharp(anchor: Anchor) -> float:
    """A short interval points better than a long one."""
    return 1 / (1 + anchor.interval.duration_s / 600)
