"""Tracking beside ByteTrack (`trackers` library) on the same detections of the same detector, in one run.

usage: tracking.py PEER_PYTHON    (needs CASETRAIL_TEST_DATA; CASETRAIL_MODELS for the default detector)
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.evaluate.tracking import (
    FrameBoxes,
    TrackingPorts,
    evaluate_tracking,
    open_recording,
    true_boxes,
)
from casetrail.app.settings import Settings

PEER = Path(__file__).parent / "peers/bytetrack.py"
CONFIDENCES = (0.1, 0.2, 0.3)
CLIPS = {
    "opencv_vtest": ("opencv_vtest/vtest.avi", "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt"),
    "tud_campus": ("tud_campus_frames/data/TUD-Campus", "tud_campus_frames/data/TUD-Campus/gt/gt.txt"),
    "pets_s3_mf1": ("tud_campus_frames/data/PETS/S3-MF1/img", "tud_campus_frames/data/PETS/S3-MF1/gt/gt.txt"),
}


@dataclass(frozen=True)
class Clip:
    """A recording and its published truth."""

    name: str
    recording: Path
    truth: Path


def main() -> None:
    """Measure both trackers with each model set that is here."""
    peer = Path(sys.argv[1])
    data = Path(os.environ["CASETRAIL_TEST_DATA"])
    clips = [Clip(name, data / recording, data / truth) for name, (recording, truth) in CLIPS.items()]
    sets = {"default": Settings(), "carried": Settings(models=None, cache=Path(tempfile.mkdtemp()))}
    print(json.dumps([_compare(name, settings, clip, peer) for name, settings in sets.items() for clip in clips]))


def _compare(models: str, settings: Settings, clip: Clip, peer: Path) -> dict[str, object]:
    """Ours, and the peer at its best confidence, on one clip with one detector."""
    if models == "carried":
        os.environ.pop("CASETRAIL_MODELS", None)
        settings = settings.model_copy(update={"models": None})
    ports = bootstrap.open_tracking_ports(settings)
    ours = evaluate_tracking(clip.recording, clip.truth, ports)
    peers = _measure_peer(ports, clip, peer)
    best = max(peers, key=lambda row: row["hota"])
    return {
        "clip": clip.name,
        "detector": ports.detector.stamp.describe(),
        "ours": {key: getattr(ours, key) for key in ("hota", "deta", "assa", "idf1", "mota", "id_switches", "fps")},
        "bytetrack": peers,
        "hota_gain": ours.hota - best["hota"],
        "idf1_gain": ours.idf1 - max(row["idf1"] for row in peers),
    }


def _measure_peer(ports: TrackingPorts, clip: Clip, peer: Path) -> list[dict[str, float]]:
    recording = open_recording(clip.recording, ports.decoder)
    found = [ports.detector.detect([frame.image])[0] for frame in ports.decoder.read_frames(recording)]
    frame = np.concatenate([np.full(len(each.confidence), number) for number, each in enumerate(found)])
    truth = true_boxes(read_mot_truth(clip.truth), len(found))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "detections.npz", Path(folder) / "out.csv"
        np.savez(
            source,
            frame=frame,
            xyxy=np.concatenate([each.xyxy for each in found]),
            confidence=np.concatenate([each.confidence for each in found]),
            frames=len(found),
            rate=float(1 / recording.media.time_base) if recording.media.time_base.numerator == 1 else 25.0,
        )
        rows = []
        for least in CONFIDENCES:
            command = [str(peer), str(PEER), str(source), str(target), str(least)]
            subprocess.run(command, check=True, stdout=sys.stderr)
            figures = ports.meter.measure(truth, _boxes(np.loadtxt(target, delimiter=",", ndmin=2), len(found)))
            rows.append({"confidence": least, **asdict(figures)})
        return rows


def _boxes(rows: np.ndarray, frames: int) -> list[FrameBoxes]:
    result = []
    for number in range(1, frames + 1):
        here = rows[rows[:, 0] == number]
        xyxy = np.concatenate([here[:, 2:4], here[:, 2:4] + here[:, 4:6]], axis=1).astype(np.float32)
        result.append(FrameBoxes(here[:, 1].astype(np.int64), xyxy))
    return result


if __name__ == "__main__":
    main()
