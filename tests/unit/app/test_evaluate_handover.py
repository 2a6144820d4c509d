"""Handover is measured with a truth, and without one the pairs are told."""

from fractions import Fraction
from pathlib import Path

import pytest

from casetrail.app.evaluate.handover import COLUMNS, HandoverPorts, evaluate_handover
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.evaluate.tracking import TrackingPorts
from casetrail.bootstrap import open_decoder
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.testing.drawn_files import write_recording
from casetrail.testing.drawn_footage import mot_truth, street_scene
from casetrail.testing.fake_describers import fake_describers
from casetrail.testing.fake_detector import FakeDetector

pytest.importorskip("trackeval")
SCENE = street_scene(3, frames=60, rate=Fraction(10))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Three people drawn twice, as if two cameras had seen them, and the truth of both."""
    folder = tmp_path_factory.mktemp("handover")
    (folder / "gt.txt").write_text(mot_truth(SCENE))
    known = read_mot_truth(folder / "gt.txt")
    rows = [
        f"{side},{frame},{person},{','.join(str(value) for value in box)}"
        for side in "ab"
        for frame, person, box in zip(known.frame, known.person, known.xyxy.tolist(), strict=True)
    ]
    truth = folder / "truth.csv"
    truth.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return write_recording(SCENE, folder / "a.mp4"), write_recording(SCENE, folder / "b.mp4"), truth


def ports() -> HandoverPorts:
    """Drawn people are found and described by fakes; the meter is the real one."""
    from casetrail.adapters.trackeval import TrackEvalMeter

    return HandoverPorts(TrackingPorts(open_decoder(1), FakeDetector(), TrackEvalMeter()), fake_describers())


def test_the_same_three_people_are_found_again(drawn: tuple[Path, Path, Path]) -> None:
    """All are in both recordings, dressed in their own colours: no pair is wrong, and the sums agree."""
    one, other, truth = drawn
    measured = evaluate_handover([one, other], truth, ports(), least=0.5)
    assert measured.presences == (3, 3)
    assert (measured.pairs_true, measured.pairs_wrong, measured.people_merged) == (3, 0, 0)
    assert measured.pairs_found == len(measured.pairs) >= 2
    assert all(pair.right for pair in measured.pairs)
    assert measured.contender is not None
    assert measured.idf1 is not None
    assert measured.idf1 > 0.7


def test_without_truth_pairs_are_told(drawn: tuple[Path, Path, Path]) -> None:
    """No figure is made up."""
    measured = evaluate_handover(drawn[:2], None, ports(), least=0.5)
    assert (measured.idf1, measured.pairs_found, measured.contender) == (None, None, None)
    assert measured.pairs
    assert all(pair.right is None for pair in measured.pairs)


def test_one_recording_is_not_two(drawn: tuple[Path, Path, Path]) -> None:
    """Handover needs two."""
    with pytest.raises(UsageError, match="not two"):
        evaluate_handover(drawn[:1], None, ports())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("recording,frame\na,1\n", "not a row of truth"),
        ("recording,frame,person,x1,y1,x2,y2\nc,1,1,0,0,5,5\n", "not a row of truth"),
        ("recording,frame,person,x1,y1,x2,y2\na,1,1,0,0,nan,5\n", "not a number"),
        ("recording,frame,person,x1,y1,x2,y2\na,900,1,0,0,5,5\n", "annotates frame 900"),
    ],
)
def test_bad_truth_is_named(drawn: tuple[Path, Path, Path], tmp_path: Path, text: str, what: str) -> None:
    """A truth that is not one is refused before or instead of figures."""
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadInputError, match=what):
        evaluate_handover(drawn[:2], tmp_path / "t.csv", ports())


def test_a_missing_truth_is_missing(drawn: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(MissingError, match="no such truth file"):
        evaluate_handover(drawn[:2], tmp_path / "none.csv", ports())
