"""Who is who when a recording is read forwards, and when it is read backwards: what both agree on is kept.

Reading from either end meets different confusions: where two people cross, each direction decides from what it saw
before. A step from one detection to the next that both take, or that one takes and the other says nothing about,
is kept. Where they contradict each other, the person is cut: a cut can be joined later, a wrong step can not.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.presence.association import AssociationRules, Chain, associate
from casetrail.presence.detector import Detections
from casetrail.presence.tracklets import Tracklet, build_tracklet

Place = tuple[int, int]
Steps = dict[Place, Place]  # from one detection of a person to the next


def associate_both_ways(
    detections: Sequence[Detections], times_s: Doubles, rules: AssociationRules
) -> tuple[list[Tracklet], list[tuple[int, int]]]:
    """Fragments of people, each in one piece in both directions, and where the directions contradict each other.

    `times_s` `(n,)`: seconds of the frames, rising. The contradictions are pairs of frames, earlier and later, between
    which a direction took a surely seen person from one detection to another and the other direction did not.
    """
    forwards = associate(detections, times_s, rules)
    backwards = _turned(associate(detections[::-1], times_s[-1:] - times_s[::-1], rules), len(detections))
    agreed, contradicted = _agree(_steps(forwards), _steps(backwards))
    chains = _chains({place for chain in forwards + backwards for place in chain}, agreed)
    frames = {
        (left[0], right[0])
        for left, right in contradicted
        if all(detections[frame].confidence[index] >= rules.sure for frame, index in (left, right))
    }
    return [_build(chain, detections) for chain in chains], sorted(frames)


def _turned(chains: list[Chain], frames: int) -> list[Chain]:
    """Chains of the reversed frames, in the order of the frames."""
    return [[(frames - 1 - frame, index) for frame, index in reversed(chain)] for chain in chains]


def _steps(chains: list[Chain]) -> Steps:
    return {left: right for chain in chains for left, right in pairwise(chain)}


def _agree(forwards: Steps, backwards: Steps) -> tuple[Steps, list[tuple[Place, Place]]]:
    """The steps that nothing contradicts, and the others."""
    agreed: Steps = {}
    contradicted: list[tuple[Place, Place]] = []
    for steps, others in ((forwards, backwards), (backwards, forwards)):
        reached = set(others.values())
        for left, right in steps.items():
            if others.get(left) == right or (left not in others and right not in reached):
                agreed[left] = right
            else:
                contradicted.append((left, right))
    return agreed, contradicted


def _chains(places: set[Place], steps: Steps) -> list[Chain]:
    """The places in chains along the steps, by their first."""
    chains = []
    for place in sorted(places - set(steps.values())):
        chain = [place]
        while chain[-1] in steps:
            chain.append(steps[chain[-1]])
        chains.append(chain)
    return chains


def _build(chain: Chain, detections: Sequence[Detections]) -> Tracklet:
    boxes = np.array([detections[frame].xyxy[index] for frame, index in chain])
    confidence = np.array([detections[frame].confidence[index] for frame, index in chain])
    return build_tracklet(np.array([frame for frame, _ in chain]), boxes, confidence)
