"""`evaluate contacts`: find presences in a recording with annotated people and measure the contacts among them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail.app.calibrate_camera import read_format
from casetrail.app.evaluate.measure_contacts import ContactsMeasured, measure_contacts
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.provenance import build_provenance
from casetrail.contacts.definitions import ContactDefinition, read_definition
from casetrail.footage.calibration import read_calibration
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording, cut_segments
from casetrail.model.ground_plane import GroundPlane
from casetrail.presence.detector import Detector
from casetrail.presence.presences import Presence
from casetrail.presence.segment_presences import find_presences

START_US = 0  # the recording's own time is all that matters here


@dataclass(frozen=True)
class ContactsEvaluation:
    """What was measured and where the numbers come from."""

    measured: ContactsMeasured
    provenance: dict[str, object]


def evaluate_contacts(
    recording: Path,
    truth: Path,
    calibration: Path,
    definition: str,
    decoder: Decoder,
    detector: Detector,
    *,
    calibration_format: str | None = None,
) -> ContactsEvaluation:
    """Index the recording as `casetrail index` would and measure it against its truth (MOT text, frame-exact).

    `definition`: a shipped name or a TOML file. Raises MissingError or BadInputError for a file that is not
    there or not what it should be.
    """
    rule = read_definition(definition)
    plane = read_calibration(calibration, read_format(calibration_format))
    boxes = read_mot_truth(truth)
    source = Recording("EVALUATED", str(recording), START_US, decoder.probe(str(recording)), recording.stat().st_size)
    frame_pts = np.array(sorted(packet.pts for packet in decoder.read_packets(source)), dtype=np.int64)
    measured = measure_contacts(_find(source, decoder, detector, plane), boxes, frame_pts, plane, rule)
    return ContactsEvaluation(measured, _provenance(source, plane, rule, detector))


def _find(source: Recording, decoder: Decoder, detector: Detector, plane: GroundPlane) -> list[Presence]:
    segments = cut_segments(source, ClockOffset(0.0, 0.0))
    return [one for segment in segments for one in find_presences(segment, decoder, detector, plane).presences]


def _provenance(
    source: Recording, plane: GroundPlane, definition: ContactDefinition, detector: Detector
) -> dict[str, object]:
    parameters = {
        "recording": Path(source.path).name,
        "definition": definition.name,
        "definition_sha256": definition.sha256,
        "calibration": plane.source,
    }
    return build_provenance([detector.stamp], parameters)
