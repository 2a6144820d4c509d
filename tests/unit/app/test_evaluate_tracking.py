"""Tracking is measured with the published metrics, over every annotated frame."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.evaluate.tracking import FrameBoxes, TrackingMeter, TrackingPorts, evaluate_tracking, found_boxes
from casetrail.app.settings import Settings
from casetrail.bootstrap import open_decoder, open_detector
from casetrail.model.errors import BadInputError
from casetrail.model.models import AccuracyClass
from casetrail.testing.drawn_files import write_image_sequence, write_recording
from casetrail.testing.drawn_footage import mot_truth, street_scene
from casetrail.testing.fake_detector import FakeDetector
from casetrail.testing.made_presences import make_presence


@pytest.fixture
def meter() -> TrackingMeter:
    """TrackEval, where it is installed."""
    pytest.importorskip("trackeval")
    from casetrail.adapters.trackeval import TrackEvalMeter

    return TrackEvalMeter()


def two_people(frames: int, swap_at: int | None = None, lose: int | None = None) -> list[FrameBoxes]:
    """Two people who stand still; their names swap from a frame on, or one of them is not found."""
    boxes = np.array([[0, 0, 40, 100], [200, 0, 240, 100]], np.float32)
    result = []
    for frame in range(frames):
        people = np.array([1, 2] if swap_at is None or frame < swap_at else [2, 1], np.int64)
        kept = np.arange(2) != lose
        result.append(FrameBoxes(people[kept], boxes[kept]))
    return result


def test_perfect_tracking_scores_one(meter: TrackingMeter) -> None:
    """The truth against itself is perfect in every metric."""
    figures = meter.measure(two_people(10), two_people(10))
    assert (figures.hota, figures.deta, figures.assa, figures.idf1, figures.mota) == (1, 1, 1, 1, 1)
    assert figures.id_switches == 0


def test_swapped_names_cost_association_only(meter: TrackingMeter) -> None:
    """A swap in the middle leaves detection perfect, halves IDF1 and counts two switches."""
    figures = meter.measure(two_people(10), two_people(10, swap_at=5))
    assert (figures.deta, figures.idf1, figures.id_switches) == (1, 0.5, 2)
    assert figures.assa == pytest.approx(1 / 3)
    assert figures.mota == pytest.approx(0.9)


def test_lost_person_costs_detection_only(meter: TrackingMeter) -> None:
    """Half of the people found: DetA 0.5, association of those perfect."""
    figures = meter.measure(two_people(10), two_people(10, lose=1))
    assert (figures.deta, figures.assa, figures.mota, figures.id_switches) == (0.5, 1, 0.5, 0)


def test_nothing_found_is_zero(meter: TrackingMeter) -> None:
    """Finding nobody is a result, not an error."""
    nobody = [FrameBoxes(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))] * 10
    figures = meter.measure(two_people(10), nobody)
    assert (figures.hota, figures.idf1, figures.mota) == (0, 0, 0)


def test_drawn_recording_is_measured(tmp_path: Path, meter: TrackingMeter) -> None:
    """People on lanes of their own are told apart; the keys of the contract are filled."""
    scene = street_scene(2, frames=60, rate=Fraction(10))
    path = write_recording(scene, tmp_path / "drawn.mp4")
    (tmp_path / "gt.txt").write_text(mot_truth(scene))
    measured = evaluate_tracking(path, tmp_path / "gt.txt", TrackingPorts(open_decoder(1), FakeDetector(), meter))
    assert measured.idf1 > 0.95
    assert measured.hota > 0.75
    assert (measured.frames, measured.frames_analysed) == (60, 60)
    assert measured.models == ("drawn-figures",)
    assert {"versions", "models", "parameters", "machine"} <= set(measured.provenance)
    assert measured.provenance["parameters"]["sampling"].startswith("60 of 60 frames looked at")
    contract = "hota deta assa idf1 mota id_switches frames frames_analysed fps realtime_factor models provenance"
    assert list(vars(measured)) == contract.split()


def test_picture_folder_is_measured_like_a_file(tmp_path: Path, meter: TrackingMeter) -> None:
    """A MOT-style folder serves as a recording."""
    folder = write_image_sequence(street_scene(2, frames=30), tmp_path / "sequence")
    ports = TrackingPorts(open_decoder(1), FakeDetector(), meter)
    assert evaluate_tracking(folder, folder / "gt" / "gt.txt", ports).idf1 > 0.9


def test_truth_of_another_recording_is_refused(tmp_path: Path, meter: TrackingMeter) -> None:
    """Truth that annotates frames beyond the end is named, not cut."""
    path = write_recording(street_scene(2, frames=20), tmp_path / "drawn.mp4")
    (tmp_path / "gt.txt").write_text(mot_truth(street_scene(2, frames=21)))
    ports = TrackingPorts(open_decoder(1), FakeDetector(), meter)
    with pytest.raises(BadInputError, match="annotates frame 21, the recording has 20"):
        evaluate_tracking(path, tmp_path / "gt.txt", ports)


def test_truth_without_people_is_refused(tmp_path: Path, meter: TrackingMeter) -> None:
    """Rows that MOTChallenge ignores (confidence 0) are no truth."""
    path = write_recording(street_scene(2, frames=20), tmp_path / "drawn.mp4")
    (tmp_path / "gt.txt").write_text("1,1,0,0,10,10,0,1,1\n")
    with pytest.raises(BadInputError, match="annotates nobody"):
        evaluate_tracking(path, tmp_path / "gt.txt", TrackingPorts(open_decoder(1), FakeDetector(), meter))


def test_frames_that_were_not_analysed_are_interpolated() -> None:
    """Between two analysed frames a person is in between; before and after, nobody is invented."""
    presence = replace(
        make_presence(frames=2),
        pts=np.array([2, 6]),
        xyxy=np.array([[0, 0, 10, 20], [40, 0, 50, 20]], np.float32),
    )
    frames = found_boxes([presence], np.array([0, 2, 4, 5, 6, 8]))
    assert [frame.xyxy[:, 0].tolist() for frame in frames] == [[], [0], [20], [30], [40], []]


@pytest.mark.needs_models
@pytest.mark.needs_data
def test_real_people_are_told_apart(models_dir: Path, shared_data: Path, meter: TrackingMeter) -> None:
    """On the PETS 2009 recording, HOTA and IDF1 stay above what ByteTrack reaches on the same detections."""
    clip = shared_data / "opencv_vtest"
    detector = open_detector(Settings(models=models_dir))
    assert detector.stamp.accuracy is AccuracyClass.DEFAULT
    ports = TrackingPorts(open_decoder(), detector, meter)
    measured = evaluate_tracking(clip / "vtest.avi", clip / "gt/PETS09-S2L1/gt/gt.txt", ports)
    assert measured.hota > 0.66
    assert measured.idf1 > 0.88
    assert measured.id_switches <= 10
