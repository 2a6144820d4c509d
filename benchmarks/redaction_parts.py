"""What redaction costs part by part, and how sure it is wherever it begins to look. Figures of docs/adr/0010.

usage: redaction_parts.py    Prints JSON: processor milliseconds of one thread, whatever else the machine does.

`starts`: the clip is looked through as if it began at each of its first eight frames, so that other frames are looked
at every time; heads left visible of all heads, people leaking of all people, and how often is looked.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from casetrail import bootstrap
from casetrail.adapters.pyav_clips import ENCODER, PyavClipWriter
from casetrail.app.evaluate.head_truth import BoxTruth, TruthFormat, read_head_truth
from casetrail.app.evaluate.redaction import measure_coverage
from casetrail.app.evaluate.tracking import open_recording
from casetrail.app.evidence_ports import Finders
from casetrail.app.look_through import look_at
from casetrail.app.models import resolve
from casetrail.app.settings import Settings
from casetrail.evidence.looking import spread_looks
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import Look, plan_redaction
from casetrail.footage.recordings import Recording
from casetrail.model.arrays import Image
from casetrail.model.models import ModelRole
from clips import CLIPS

CLIP = CLIPS["towncentre"]
ROUNDS, PICTURES, STARTS = 6, 30, 8
APART_S = (Fraction(1, 8), Fraction(1, 6), Fraction(1, 5), Fraction(1, 4))
PLAIN = {"x264-params": "threads=2:sliced-threads=0"}
ENCODERS = {
    "veryfast crf 21 (at first)": PLAIN | {"preset": "veryfast", "crf": "21"},
    "superfast crf 23 (before)": PLAIN | {"preset": "superfast", "crf": "23"},
    "ultrafast crf 24, plain": PLAIN,
    "ultrafast crf 24 with cabac, 8x8dct, deblocking": {},
}


def main() -> None:
    """Measure and print."""
    data = Path(os.environ["CASETRAIL_TEST_DATA"])
    decoder, settings = bootstrap.open_decoder(1), Settings()
    source = open_recording(data / CLIP.recording, decoder)
    pictures = [(frame.pts, frame.picture()) for frame, _ in zip(decoder.scan(source), range(PICTURES), strict=False)]
    face_model = resolve(ModelRole.FACE_DETECTOR, bootstrap.open_model_files(settings))
    faces = bootstrap.open_face_detector(face_model, 1)
    told: dict[str, Any] = {"parts_ms": _parts(source, settings, faces, [image for _, image in pictures])}
    told["encoders"] = {name: _encoded(pictures, source, options) for name, options in ENCODERS.items()}
    truth = read_head_truth(data / CLIP.truth, TruthFormat(CLIP.truth_format), CLIP.frame_offset)
    for exact in (False, True):
        detector = bootstrap.open_detector(settings, 1, exact=exact)
        wh = source.media.width, source.media.height
        looks = look_at(Finders(decoder, detector, faces), decoder.scan(source), wh)
        told[f"starts, {detector.stamp.name}"] = {str(apart): _starts(source, looks, truth, apart) for apart in APART_S}
    print(json.dumps(told, indent=1))


def _parts(source: Recording, settings: Settings, faces: Any, images: Sequence[Image]) -> dict[str, float]:
    """Milliseconds of the processor that each part takes for one frame or one look."""
    decoder = bootstrap.open_decoder(1)
    small, image = np.ascontiguousarray(images[0][::2, ::2]), images[0]
    pattern, regions = Mosaic((image.shape[1], image.shape[0])), np.array([[9, 9, 99, 99]] * 40, np.float32)
    told = {"decode a frame": _spent(lambda: [frame.pts for frame in decoder.scan(source)], 1) / source.media.frames}
    for exact, name in ((True, "people, 32-bit floats"), (False, "people, 8-bit integers")):
        detector = bootstrap.open_detector(settings, 1, exact=exact)
        told[name] = _spent(lambda detector=detector: detector.detect([image]))  # type: ignore[misc]
    told["faces at 1920 x 1080 (before)"] = _spent(lambda: faces.detect([image]))
    told["faces at 960 x 540"] = _spent(lambda: faces.detect([small]))
    told["paint 40 regions"] = _spent(lambda: pattern.redact(image, regions))
    return told


def _encoded(pictures: list[tuple[int, Image]], source: Recording, options: dict[str, str]) -> dict[str, float]:
    """What an encoder costs a picture, how much room it takes, and how like the original its pictures are."""
    height, width = pictures[0][1].shape[:2]
    writer = PyavClipWriter(ENCODER | options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        spent_ms = _spent(lambda: writer.write_clip(path, pictures, (width, height), source.media.time_base), 2)
        made = open_recording(path, bootstrap.open_decoder(1))
        frames = bootstrap.open_decoder(1).scan(made)
        errors = [
            np.mean((f.picture().astype(float) - image) ** 2) for f, (_, image) in zip(frames, pictures, strict=True)
        ]
        size = path.stat().st_size
    return {
        "ms": spent_ms / len(pictures),
        "kb": size / 1e3 / len(pictures),
        "psnr_db": 10 * np.log10(255**2 / np.mean(errors)),
    }


def _starts(source: Recording, looks: list[Look], truth: BoxTruth, apart_s: Fraction) -> dict[str, object]:
    """What stays visible when looking begins at another frame."""
    wh, time_base = (source.media.width, source.media.height), source.media.time_base
    heads = left = people = leaking = looked = frames = 0
    area = []
    for start in range(STARTS):
        pts: list[int] = []
        chosen = list(spread_looks(looks[start:], time_base, lambda look: look, pts.append, apart_s))
        plan = plan_redaction(chosen, (), wh, time_base, frames=pts)
        rows = truth.frame >= start
        here = BoxTruth(truth.frame[rows] - start, truth.person[rows], truth.xyxy[rows])
        covered = measure_coverage(here, plan, tuple(pts), where=CLIP.truth)
        heads, left = heads + len(covered.boxes), left + len(covered.uncovered)
        people += len({box.person for box in covered.boxes})
        leaking += len({box.person for box in covered.uncovered})
        looked, frames = looked + len(chosen), frames + len(pts)
        area.append(covered.masked_area_share)
    return {
        "heads": heads,
        "left": left,
        "people": people,
        "leaking": leaking,
        "frames_per_look": frames / looked,
        "masked_area_share": float(np.mean(area)),
    }


def _spent(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of the processor that one act takes, after a first that is not counted."""
    act()
    before = time.process_time()
    for _ in range(rounds):
        act()
    return 1e3 * (time.process_time() - before) / rounds


if __name__ == "__main__":
    main()
