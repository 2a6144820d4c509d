"""Tracking from every frame, from every nth, and from every nth with one more look where it is doubtful who is who.

usage: sparse_tracking.py CLIP [--steps 1 3 5]
(needs CASETRAIL_TEST_DATA; CASETRAIL_MODELS for the default detector)

Each frame is looked at once; the tracker is given some of what was found. Figures are of all annotated frames, with
people interpolated between looks, by TrackEval and `person_recall`. Prints JSON, one row per way of looking.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.person_recall import measure_people
from casetrail.app.evaluate.tracking import FrameBoxes, TrackingMeter, open_recording, true_boxes
from casetrail.app.settings import Settings
from casetrail.presence.doubt import doubtful_moments
from casetrail.presence.tracking import track
from casetrail.presence.tracklets import Tracklet
from clips import CLIPS


def main() -> None:
    """Look at a clip once, then follow people with ever fewer looks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", choices=CLIPS)
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6, 8])
    asked = parser.parse_args()
    clip, data = CLIPS[asked.clip], Path(os.environ["CASETRAIL_TEST_DATA"])
    ports = bootstrap.open_tracking_ports(Settings())
    recording = open_recording(data / clip.recording, ports.decoder)
    frames = list(ports.decoder.read_packets(recording))
    wh = (recording.media.width, recording.media.height)
    form = TruthFormat(clip.truth_format)
    known = read_people_truth(data / clip.truth, form, clip.frame_offset, len(frames), wh)
    annotated = range(int(known.frame.min()), int(known.frame.max()) + 1)
    truth = true_boxes(known, annotated.stop)[annotated.start :]
    found = [ports.detector.detect([frame.image])[0] for frame in ports.decoder.read_frames(recording)]
    times_s = np.array([float(frame.pts * recording.media.time_base) for frame in frames])
    rows = []
    for step in asked.steps:
        looks = list(range(0, len(found), step))
        ways = {"even": looks}
        if step > 1:
            spans = doubtful_moments([found[look] for look in looks], times_s[looks], wh)
            ways["doubtful too"] = sorted({*looks, *_middles(spans, times_s)})
        for way, chosen in ways.items():
            people = track([found[look] for look in chosen], times_s[chosen], wh)
            boxes = _in_every_frame(people, chosen, annotated, wh)
            rows.append({"step": step, "way": way, "looks": len(chosen), **_measure(ports.meter, truth, boxes)})
    told = {"clip": asked.clip, "detector": ports.detector.stamp.describe(), "frames": len(found), "rows": rows}
    print(json.dumps(told, indent=2))


def _middles(spans: Sequence[tuple[float, float]], times_s: np.ndarray) -> list[int]:
    """The frame in the middle of each span."""
    inside = [np.flatnonzero((times_s > start_s) & (times_s < end_s)) for start_s, end_s in spans]
    return [int(frames[len(frames) // 2]) for frames in inside if len(frames)]


def _in_every_frame(
    people: Sequence[Tracklet], looks: Sequence[int], annotated: range, wh: tuple[int, int]
) -> list[FrameBoxes]:
    """Who is where in each annotated frame, on straight lines between looks."""
    who: list[list[int]] = [[] for _ in annotated]
    where: list[list[np.ndarray]] = [[] for _ in annotated]
    for number, one in enumerate(people):
        seen, inside = np.array(looks)[one.frame], np.clip(one.xyxy, 0, np.tile(wh, 2))
        for frame in range(max(int(seen[0]), annotated.start), min(int(seen[-1]) + 1, annotated.stop)):
            who[frame - annotated.start].append(number)
            box = np.array([np.interp(frame, seen, inside[:, side]) for side in range(4)])
            where[frame - annotated.start].append(box)
    return [
        FrameBoxes(np.array(names, np.int64), np.array(boxes, np.float32).reshape(-1, 4))
        for names, boxes in zip(who, where, strict=True)
    ]


def _measure(meter: TrackingMeter, truth: list[FrameBoxes], boxes: list[FrameBoxes]) -> dict[str, float]:
    figures = {**asdict(meter.measure(truth, boxes)), **asdict(measure_people(truth, boxes))}
    return {key: round(float(value), 3) for key, value in figures.items()}


if __name__ == "__main__":
    main()
