"""casetrail on one recording, in a process of its own: its detections, or who it found where.

usage: ours.py JOB    a job in JSON: `recording`, `threads`, `carried` (the models that registry packages carry),
`exact` (32-bit floats even where 8-bit integers would do), `out`, and either `sampling` (`every-frame` or `adaptive`)
for MOT rows of every frame, or `input_wh` (the size at which the detector looks; null: its own choice) for detections
(npz).
It prints one line of JSON; `seconds` and `cpu_seconds` leave reading and writing files out.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.tracking import found_boxes, open_recording, whole_segment
from casetrail.app.sampling_mode import SamplingMode
from casetrail.app.settings import Settings
from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording
from casetrail.presence.detector import Detector
from casetrail.presence.input_sizes import PROBED_SCALES
from casetrail.presence.segment_presences import find_presences


def main() -> None:
    """Do the job that the command line names."""
    job = json.loads(sys.argv[1])
    settings = Settings()
    if job.get("carried"):
        settings = settings.model_copy(update={"models": None, "cache": Path(tempfile.mkdtemp())})
    decoder = bootstrap.open_decoder(job["threads"])
    detector = bootstrap.open_detector(settings, job["threads"], exact=job["exact"])
    recording = open_recording(Path(job["recording"]), decoder)
    act = _follow if job.get("sampling") else _detect
    told = {"detector": detector.stamp.describe(), **act(job, recording, decoder, detector)}
    print(json.dumps(told))


def _detect(job: dict[str, Any], recording: Recording, decoder: Decoder, detector: Detector) -> dict[str, object]:
    """Detections of every frame as the peers get them."""
    media = recording.media
    size = tuple(job["input_wh"] or detector.input_size((media.width, media.height)))
    found = [detector.detect([frame.image], size)[0] for frame in decoder.read_frames(recording)]
    np.savez(
        job["out"],
        frame=np.concatenate([np.full(len(each.confidence), number) for number, each in enumerate(found)]),
        xyxy=np.concatenate([each.xyxy for each in found]),
        confidence=np.concatenate([each.confidence for each in found]),
        frames=len(found),
    )
    rate = media.frames / float((media.end_pts - media.first_pts) * media.time_base)
    return {"frames": len(found), "rate": rate, "input_wh": size, "wh": [media.width, media.height]}


def _follow(job: dict[str, Any], recording: Recording, decoder: Decoder, detector: Detector) -> dict[str, object]:
    """Presences of the whole recording, interpolated to every frame."""
    pts = np.array([packet.pts for packet in decoder.read_packets(recording)], np.int64)
    _warm_up(recording, decoder, detector)
    wall, processor = time.perf_counter(), time.process_time()
    found = find_presences(whole_segment(recording), decoder, detector, method=SamplingMode(job["sampling"]).method)
    took = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - processor}
    rows = [
        [number, person, box[0], box[1], box[2] - box[0], box[3] - box[1], 1]
        for number, boxes in enumerate(found_boxes(found.presences, pts), start=1)
        for person, box in zip(boxes.person, boxes.xyxy, strict=True)
    ]
    np.savetxt(job["out"], np.array(rows).reshape(-1, 7), delimiter=",", fmt="%.3f")
    sampling = found.sampling
    looked = {"frames": sampling.frames, "frames_analysed": len(sampling.looked), "sampling": sampling.describe()}
    return {**took, **looked, "presences": len(found.presences), "peak_mb": _peak_mb()}


def _warm_up(recording: Recording, decoder: Decoder, detector: Detector) -> None:
    """Everything is opened, and compiled for every size at which the sampling may look."""
    frame = next(decoder.read_frames(recording))
    for scale in PROBED_SCALES:
        detector.detect([frame.image], detector.input_size((recording.media.width, recording.media.height), scale))


def _peak_mb() -> float:
    """The most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    main()
