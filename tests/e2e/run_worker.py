"""A program, not a test: indexes one recording as a worker does and prints the most memory it took, in MB.

Arguments: the recording, and a folder for the installation. Models are found as always.
"""

import json
import sys
from pathlib import Path

from casetrail.app.settings import Settings
from casetrail.bootstrap import open_worker_ports
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording, cut_segments
from casetrail.presence.segment_presences import find_presences


def peak_mb() -> float:
    """Since this program began: `ru_maxrss` would also count what whoever started it held then."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    path, data = Path(sys.argv[1]), Path(sys.argv[2])
    ports = open_worker_ports(Settings(data=data, workers=1))
    recording = Recording("CAM01", str(path), 0, ports.decoder.probe(str(path)), measure_size(path))
    (segment,) = cut_segments(recording, ClockOffset())
    found = find_presences(segment, ports.decoder, ports.detector)
    told = {"peak_mb": peak_mb(), "frames": found.sampling.frames, "looked": len(found.sampling.looked)}
    sys.stdout.write(json.dumps(told) + "\n")
