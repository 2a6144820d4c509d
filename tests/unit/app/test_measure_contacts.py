"""Measuring contacts against annotated people."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.evaluate.measure_contacts import measure_contacts
from casetrail.app.evaluate.mot_truth import MotTruth, read_mot_truth
from casetrail.contacts.definitions import read_definition
from casetrail.contacts.foot_paths import MEASURED_DETECTOR
from casetrail.footage.calibration import read_calibration
from casetrail.model.errors import BadInputError, MissingError
from casetrail.presence.best_views import find_hidden_feet, measure_cover
from casetrail.presence.detector import Detections
from casetrail.presence.presences import Presence
from casetrail.presence.tracking import track
from casetrail.testing.staged_presences import stage_plane, stage_presence, standing, walking

PLANE = stage_plane()
ECDC = read_definition("ecdc-2020-04")
FRAMES = np.arange(101, dtype=np.int64)
PEOPLE = [
    stage_presence("a", standing(0, 8)),
    stage_presence("b", walking((-4, 9), (0.8, 0))),
    stage_presence("c", standing(-0.5, 14)),
]


def _truth(presences: list[Presence]) -> MotTruth:
    frame = np.concatenate([one.pts for one in presences])
    person = np.concatenate([np.full(len(one.pts), number) for number, one in enumerate(presences)])
    return MotTruth(frame, person, np.concatenate([one.xyxy for one in presences]))


def test_perfect_presences_measure_perfectly() -> None:
    """Presences that equal the truth have every exposure, no wrong one, and no error but the smoothing's."""
    found = measure_contacts(PEOPLE, _truth(PEOPLE), FRAMES, PLANE, ECDC)
    assert (found.exposures_true, found.exposure_precision, found.exposure_recall) == (1, 1.0, 1.0)
    assert (found.interval_coverage, found.cannot_tell_rate) == (1.0, 0.0)
    assert found.distance_mae_m < 0.05
    assert found.duration_mae_s < 0.3


def test_missed_person_costs_recall_and_invented_one_precision() -> None:
    """An exposure whose person was not found lowers recall; one with nobody there lowers precision."""
    missed = measure_contacts([PEOPLE[0], PEOPLE[2]], _truth(PEOPLE), FRAMES, PLANE, ECDC)
    invented = [*PEOPLE, stage_presence("ghost", standing(1.2, 8))]
    wrong = measure_contacts(invented, _truth(PEOPLE), FRAMES, PLANE, ECDC)
    assert (missed.exposure_recall, np.isnan(missed.exposure_precision)) == (0.0, True)
    assert wrong.exposure_precision < 0.5
    assert wrong.exposure_recall == 1.0


def test_biased_boxes_fall_outside_their_intervals() -> None:
    """Coverage can fail: boxes of one person that end half a body too high are mostly outside."""
    shifted = replace(PEOPLE[1], xyxy=(PEOPLE[1].xyxy - np.array([0, 25, 0, 25])).astype(np.float32))
    found = measure_contacts([PEOPLE[0], shifted, PEOPLE[2]], _truth(PEOPLE), FRAMES, PLANE, ECDC)
    assert found.interval_coverage < 0.5


def test_hidden_feet_count_as_cannot_tell() -> None:
    """Moments without a claim are counted, not left out."""
    covered = stage_presence("b", walking((-4, 9), (0.8, 0)), hidden=lambda at: at > 5)
    found = measure_contacts([PEOPLE[0], covered, PEOPLE[2]], _truth(PEOPLE), FRAMES, PLANE, ECDC)
    assert 0.2 < found.cannot_tell_rate < 0.8


def test_truth_of_another_recording_is_refused() -> None:
    """A truth with more frames than the recording belongs to something else."""
    with pytest.raises(BadInputError, match="frame 101"):
        measure_contacts(PEOPLE, _truth(PEOPLE), FRAMES[:50], PLANE, ECDC)


def test_mot_rows_with_confidence_zero_are_ignored(tmp_path: Path) -> None:
    """Frames count from one in the file and from zero here; ignored rows go."""
    path = tmp_path / "gt.txt"
    path.write_text("1,7,10,20,30,40,1,-1,-1,-1\n2,8,1,2,3,4,0,-1,-1,-1\n")
    truth = read_mot_truth(path)
    assert (truth.frame.tolist(), truth.person.tolist(), truth.xyxy.tolist()) == ([0], [7], [[10, 20, 40, 60]])


@pytest.mark.parametrize("text", ["", "hello\n", "1,2,3\n", "1,7,nan,20,30,40,1\n"])
def test_spoilt_truth_is_bad_input(tmp_path: Path, text: str) -> None:
    """A file that is not MOT text is refused with its name."""
    path = tmp_path / "gt.txt"
    path.write_text(text)
    with pytest.raises(BadInputError, match=r"gt\.txt"):
        read_mot_truth(path)


def test_absent_truth_is_missing(tmp_path: Path) -> None:
    """A truth file that is not there is missing."""
    with pytest.raises(MissingError):
        read_mot_truth(tmp_path / "gt.txt")


@pytest.mark.needs_data
def test_intervals_hold_the_truth_on_real_footage(shared_data: Path) -> None:
    """On PETS S2.L1 with the benchmark's own public detections, 90 % intervals hold the truth in 85 % or more."""
    folder = shared_data / "opencv_vtest"
    truth = read_mot_truth(folder / "gt/PETS09-S2L1/gt/gt.txt")
    rows = np.loadtxt(folder / "gt/PETS09-S2L1/det/det.txt", delimiter=",")
    found = measure_contacts(
        _tracked(rows), truth, np.arange(795, dtype=np.int64), read_calibration(folder / "View_001.xml"), ECDC
    )
    assert found.interval_coverage >= 0.85
    assert found.interval_width_m < 0.8
    assert found.distance_mae_m < 0.2
    assert found.exposure_precision > 0.7
    assert found.exposure_recall > 0.6


def _tracked(rows: np.ndarray) -> list[Presence]:
    boxes = np.column_stack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]]).astype(np.float32)
    confidence = np.clip(rows[:, 6] / 100, 0.05, 1).astype(np.float32)
    frames = [rows[:, 0] == number + 1 for number in range(795)]
    detections = [Detections(boxes[here], confidence[here]) for here in frames]
    tracklets = track(detections, np.arange(795) / 10, (768, 576))
    covers = measure_cover(tracklets, 795)
    return [
        Presence(
            presence_id=f"p{number}",
            camera_id="PETS",
            recording_id="S2L1",
            pts=item.frame.astype(np.int64),
            utc_us=item.frame.astype(np.int64) * 100_000,
            xyxy=item.xyxy,
            confidence=item.confidence,
            foot_hidden=find_hidden_feet(item, cover[1], item.frame / 10, (768, 576)),
            foot_m=None,
            views=(),
            models=f"{MEASURED_DETECTOR}@taken-as",
        )
        for number, (item, cover) in enumerate(zip(tracklets, covers, strict=True))
    ]
