"""Measuring redaction: truth of two forms, and figures that can go wrong."""

import gzip
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.adapters.pyav_clips import PyavClipWriter
from casetrail.app.evaluate.head_truth import TruthFormat, read_body_truth, read_head_truth
from casetrail.app.evaluate.redaction import RedactionPorts, evaluate_redaction
from casetrail.app.evidence_ports import Finders
from casetrail.app.settings import Settings
from casetrail.bootstrap import open_decoder
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.counting_describers import PlacedFaces
from casetrail.testing.drawn_files import write_recording
from casetrail.testing.drawn_footage import find_truth, street_scene
from casetrail.testing.fake_detector import FakeDetector

NAMES = "personNumber,frameNumber,headValid,bodyValid,headLeft,headTop,headRight,headBottom,bodyLeft,bodyTop,x,y\n"
ROW = "{person},{frame},{valid},1,10,20,18,29,5,18,30,90\n"


def write(path: Path, text: str) -> Path:
    """A truth file."""
    path.write_text(text)
    return path


def test_heads_that_are_not_valid_are_left_out(tmp_path: Path) -> None:
    """Names in the first row and a last row that was cut off do no harm; the offset moves frames."""
    rows = ROW.format(person=3, frame=5, valid=1) + ROW.format(person=4, frame=6, valid=0)
    path = tmp_path / "truth.gz"
    path.write_bytes(gzip.compress((NAMES + rows + "7,9,1,1,2,3").encode()))
    truth = read_head_truth(path, TruthFormat.TOWNCENTRE, frame_offset=-4)
    assert (truth.frame.tolist(), truth.person.tolist(), truth.xyxy.tolist()) == ([9], [3], [[10, 20, 18, 29]])


def test_bodies_stand_beside_heads(tmp_path: Path) -> None:
    """The same rows tell where bodies are, also of those whose head is not valid; so does a truth of bodies only."""
    path = write(tmp_path / "truth.csv", NAMES + ROW.format(person=3, frame=5, valid=0))
    bodies = read_body_truth(path, TruthFormat.TOWNCENTRE, frame_offset=-4)
    assert (bodies.frame.tolist(), bodies.xyxy.tolist()) == ([9], [[5, 18, 30, 90]])
    walker = write(tmp_path / "gt.txt", "1,2,100,50,40,100,1\n")
    assert read_body_truth(walker, TruthFormat.MOT).xyxy.tolist() == [[100, 50, 140, 150]]


def test_a_head_is_the_top_of_a_body(tmp_path: Path) -> None:
    """Where the truth knows bodies only, the head is small, centred and at the top."""
    truth = read_head_truth(write(tmp_path / "gt.txt", "1,2,100,50,40,100,1\n"), TruthFormat.MOT)
    assert truth.frame.tolist() == [0]
    assert truth.xyxy.tolist() == [[114, 50, 126, 65]]


@pytest.mark.parametrize("text", ["", NAMES, NAMES + "1,2,3\n" + ROW.format(person=1, frame=1, valid=1)])
def test_what_is_no_truth(tmp_path: Path, text: str) -> None:
    """An empty file, one without heads, and one with a broken row in the middle are refused."""
    with pytest.raises(BadInputError):
        read_head_truth(write(tmp_path / "bad.csv", text), TruthFormat.TOWNCENTRE)
    with pytest.raises(MissingError):
        read_head_truth(tmp_path / "gone.csv", TruthFormat.TOWNCENTRE)


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, Path]:
    """A drawn street and the truth of its heads."""
    scene = street_scene(3, frames=20)
    rows = [
        f"{box.person},{box.frame},1,1,{(x1 + x2) / 2 - 4},{y1 + 1},{(x1 + x2) / 2 + 4},{y1 + 10},{x1},{y1},{x2},{y2}\n"
        for box in find_truth(scene)
        for x1, y1, x2, y2 in [box.xyxy]
    ]
    truth = write(tmp_path / "truth.csv", NAMES + "".join(rows))
    return write_recording(scene, tmp_path / "street.mp4"), truth


class Sleeping(FakeDetector):
    """A detector that finds nobody."""

    def detect(self, images, size=None):  # type: ignore[no-untyped-def]
        """Nobody."""
        found = super().detect(images)
        return [type(one)(one.xyxy[:0], one.confidence[:0]) for one in found]


def ports_of(detector: FakeDetector) -> RedactionPorts:
    """Real decoding and encoding, drawn people."""
    return RedactionPorts(Finders(open_decoder(), detector, PlacedFaces(0.0)), PyavClipWriter())


def test_heads_of_drawn_people_are_covered(drawn: tuple[Path, Path]) -> None:
    """A detector that finds them covers them all, heads and whole bodies."""
    recording, truth = drawn
    detector = FakeDetector()
    good = evaluate_redaction(recording, truth, TruthFormat.TOWNCENTRE, 0, ports_of(detector))
    assert (good.frame_recall, good.track_leak_rate, good.frames, good.heads) == (1.0, 0.0, 20, 60)
    assert 0 < good.masked_area_share < good.whole_bodies.masked_area_share < 0.7
    assert (good.whole_bodies.bodies, good.whole_bodies.covered_share > 0.95, good.uncovered) == (60, True, ())
    assert good.looks == detector.looked_at - 1  # one more to load the models


def test_heads_that_stay_visible_are_listed(drawn: tuple[Path, Path]) -> None:
    """A detector that sleeps covers none: the figures can go wrong, and every head is listed, none dropped."""
    recording, truth = drawn
    bad = evaluate_redaction(recording, truth, TruthFormat.TOWNCENTRE, 0, ports_of(Sleeping()))
    assert (bad.frame_recall, bad.track_leak_rate, bad.whole_bodies.covered_share) == (0.0, 1.0, 0.0)
    assert sorted({(head.frame, head.share) for head in bad.uncovered}) == [(frame, 0.0) for frame in range(20)]
    assert len(bad.uncovered) == 60


def test_truth_of_another_recording(drawn: tuple[Path, Path]) -> None:
    """When no head of the truth lies in the recording, nothing is measured."""
    recording, truth = drawn
    with pytest.raises(BadInputError, match="no head"):
        evaluate_redaction(recording, truth, TruthFormat.TOWNCENTRE, -500, ports_of(FakeDetector()))


def test_heads_on_a_real_street(models_dir: Path, shared_data: Path, tmp_path: Path) -> None:
    """On the high street with annotated heads, no head of the first second and a half stays visible."""
    folder = shared_data / "towncentre"
    ports = bootstrap.open_redaction_ports(Settings(data=tmp_path, models=models_dir))
    source = folder / "TownCentreXVID_5s_25fps.mp4"
    short = replace(ports, finders=replace(ports.finders, decoder=_Short(open_decoder(), 36)))
    truth = folder / "dataset" / "TownCentre-groundtruth.top.gz"
    measured = evaluate_redaction(source, truth, TruthFormat.TOWNCENTRE, -4, short)
    assert measured.frame_recall >= 0.995
    assert measured.masked_area_share < 0.25
    assert measured.whole_bodies.covered_share > 0.9
    assert (measured.frames, measured.heads > 300) == (32, True)


class _Short:
    """A decoder that stops after so many frames."""

    def __init__(self, decoder, frames: int) -> None:  # type: ignore[no-untyped-def]
        self._decoder, self._frames = decoder, frames
        self.probe = decoder.probe

    def scan(self, recording, *_span):  # type: ignore[no-untyped-def]
        """The first frames."""
        return islice(self._decoder.scan(recording), self._frames)
