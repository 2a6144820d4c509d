"""The tool `deface` with its defaults on one recording, in an environment of its own.

usage: deface.py JOB    a job in JSON: `recording`, `out` (npz), `clip` (where it writes what it made).
It decodes, looks at every frame, paints and encodes by its own code; every frame's boxes are kept, grown as it grows
them. It prints one line of JSON: `seconds` and `cpu_seconds` of all of it but loading the model, `frames`, `backend`.
"""

import json
import resource
import sys
import time
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path = [place for place in sys.path if place != HERE]  # this file bears the name of what it imports

import numpy as np  # noqa: E402
from deface import deface  # noqa: E402
from deface.centerface import CenterFace  # noqa: E402

LEAST_CONFIDENCE, MASK_SCALE = 0.2, 1.3  # its defaults
WRITER = {"codec": "libx264"}  # its default


def main() -> None:
    """Do the job that the command line names."""
    job = json.loads(sys.argv[1])
    sys.stdout, told = sys.stderr, sys.stdout
    model = CenterFace()
    model(np.zeros((1080, 1920, 3), np.uint8), threshold=LEAST_CONFIDENCE)  # everything is opened
    found: list[np.ndarray] = []

    def look(frame: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        boxes, points = model(frame, threshold=threshold)
        grown = [deface.scale_bb(*box[:4].astype(int), MASK_SCALE) for box in boxes]
        found.append(np.array(grown, np.float32).reshape(-1, 4))
        return boxes, points

    wall, processor = time.perf_counter(), _processor_s()
    options = {"replacewith": "blur", "mask_scale": MASK_SCALE, "ellipse": True, "draw_scores": False}
    shown = {"enable_preview": False, "cam": False, "nested": False}
    deface.video_detect(
        job["recording"], job["clip"], look, LEAST_CONFIDENCE, ffmpeg_config=dict(WRITER), **options, **shown
    )
    took = {"seconds": time.perf_counter() - wall, "cpu_seconds": _processor_s() - processor}
    numbers = np.concatenate([np.full(len(boxes), number) for number, boxes in enumerate(found)])
    np.savez(job["out"], frame=numbers, xyxy=np.concatenate(found), frames=len(found))
    print(json.dumps({**took, "frames": len(found), "backend": model.backend}), file=told)


def _processor_s() -> float:
    """Seconds of all cores, those of the encoder's own process too."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
