"""People found and time taken are measured beside a tracker on every frame."""

from fractions import Fraction
from pathlib import Path

import pytest

from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.presence import PresencePorts, evaluate_presence
from casetrail.app.sampling_mode import SamplingMode
from casetrail.bootstrap import open_decoder
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.drawn_files import write_recording
from casetrail.testing.drawn_footage import find_truth, mot_truth, street_scene
from casetrail.testing.fake_detector import FakeDetector
from casetrail.testing.overlap_tracker import OverlapTracker

SCENE = street_scene(3, frames=80, rate=Fraction(10))


class Sleeping(FakeDetector):
    """A detector that finds nobody."""

    def detect(self, images, size=None):  # type: ignore[no-untyped-def]
        """Nobody."""
        return [type(one)(one.xyxy[:0], one.confidence[:0]) for one in super().detect(images, size)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A drawn recording and its truth."""
    folder = tmp_path_factory.mktemp("presence")
    (folder / "gt.txt").write_text(mot_truth(SCENE))
    return write_recording(SCENE, folder / "drawn.mp4"), folder / "gt.txt"


def ports(ours: FakeDetector, theirs: FakeDetector) -> PresencePorts:
    """Two detectors and a tracker that needs no library."""
    return PresencePorts(open_decoder(1), ours, theirs, OverlapTracker)


def test_people_are_found_at_half_the_looks(drawn: tuple[Path, Path]) -> None:
    """All three people are found by both; ours looked at about half of the frames, the baseline at all."""
    ours, theirs = FakeDetector(), FakeDetector()
    measured = evaluate_presence(*drawn, ports(ours, theirs))
    assert (measured.person_recall, measured.baseline_person_recall, measured.people) == (1.0, 1.0, 3)
    assert measured.person_precision == measured.fragments_per_person == 1.0
    assert (measured.frames, theirs.looked_at) == (80, 81)  # one to warm up
    assert measured.frames_analysed <= 50
    assert measured.speedup == pytest.approx(measured.fps / measured.baseline_fps)


def test_a_detector_that_sleeps_is_seen(drawn: tuple[Path, Path]) -> None:
    """Who finds nobody has a recall of nothing, on either side."""
    measured = evaluate_presence(*drawn, ports(Sleeping(), FakeDetector()))
    assert (measured.person_recall, measured.baseline_person_recall) == (0.0, 1.0)
    measured = evaluate_presence(*drawn, ports(FakeDetector(), Sleeping()))
    assert (measured.person_recall, measured.baseline_person_recall) == (1.0, 0.0)


def test_every_frame_when_asked(drawn: tuple[Path, Path]) -> None:
    """The other way of looking is measured too, and what was done is in the provenance."""
    measured = evaluate_presence(*drawn, ports(FakeDetector(), FakeDetector()), sampling=SamplingMode.EVERY_FRAME)
    assert measured.frames_analysed == 80
    assert measured.provenance["parameters"]["sampling"].startswith("80 of 80")  # type: ignore[index]


def towncentre(path: Path, *rows: str) -> Path:
    """A truth file in the form of Towncentre."""
    path.write_text("person,frame,head,body,a,b,c,d,e,f,g,h\n" + "\n".join(rows) + "\n")
    return path


def test_towncentre_bodies_are_cut_to_the_picture(tmp_path: Path) -> None:
    """Bodies are cut at the picture's edge; who is mostly outside, or annotated as invalid, is not there."""
    truth = towncentre(
        tmp_path / "t.csv",
        "1,4,1,1,0,0,9,9,10,20,50,120",
        "2,4,1,1,0,0,9,9,-20,20,40,120",
        "3,4,1,1,0,0,9,9,-60,20,40,120",
        "4,4,1,0,0,0,9,9,60,20,90,120",
        "5,999,1,1,0,0,9,9,60,20,90,120",
    )
    read = read_people_truth(truth, TruthFormat.TOWNCENTRE, 1, 50, (320, 240))
    assert read.person.tolist() == [1, 2]
    assert read.frame.tolist() == [3, 3]
    assert read.xyxy.tolist() == [[10, 20, 50, 120], [0, 20, 40, 120]]


def test_truth_of_another_recording(tmp_path: Path) -> None:
    """A truth that annotates more frames than there are, nobody at all, or is not there, is named."""
    mot = tmp_path / "gt.txt"
    mot.write_text(mot_truth(SCENE))
    assert len(read_people_truth(mot, TruthFormat.MOT, 0, 80, SCENE.wh).frame) == len(find_truth(SCENE))
    with pytest.raises(BadInputError, match="annotates frame 80, the recording has 40"):
        read_people_truth(mot, TruthFormat.MOT, 0, 40, SCENE.wh)
    with pytest.raises(BadInputError, match="nobody"):
        read_people_truth(towncentre(tmp_path / "t.csv"), TruthFormat.TOWNCENTRE, 0, 40, (320, 240))
    with pytest.raises(MissingError):
        read_people_truth(tmp_path / "none.txt", TruthFormat.MOT, 0, 40, SCENE.wh)


def test_real_street(models_dir: Path, shared_data: Path) -> None:
    """On the high street, ours finds at least nineteen in twenty of whom the baseline finds."""
    pytest.importorskip("trackers")
    from casetrail import bootstrap
    from casetrail.app.settings import Settings

    folder = shared_data / "towncentre"
    measured = evaluate_presence(
        folder / "TownCentreXVID_5s_25fps.mp4",
        folder / "dataset/TownCentre-groundtruth.top.gz",
        bootstrap.open_presence_ports(Settings(models=models_dir)),
        TruthFormat.TOWNCENTRE,
        -4,
    )
    assert measured.person_recall >= 0.95 * measured.baseline_person_recall > 0.5
    assert measured.frames_analysed < 50
