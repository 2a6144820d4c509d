"""Names that steer a terminal, cannot be kept as text, or lead nowhere."""

import os
from pathlib import Path

import pytest

from casetrail.footage.claims import find_claims, read_manifest
from casetrail.footage.naming import NamePattern
from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.model.errors import BadInputError, MissingError, printable

NAME = "CAM01_20260302T030000Z.mp4"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("거리 1", "거리 1"),
        ("a\nb\t c", "a b c"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202e4pm", "\\x202e4pm"),
        ("\udcff", "\\xdcff"),
        ("a\0b", "a\\x00b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    """Words of any language stay; what steers a terminal, or is no character, is written out."""
    assert printable(text) == shown
    assert str(BadInputError(text)) == shown
    assert FootageProblem("x", text).describe() == f"x: {shown}"


def test_problem_names_the_file_inside() -> None:
    """A problem of a row or a folder names the file that it is about; one of the same file does not twice."""
    error = BadInputError("is empty", where="/far/away/1.png", todo="copy it")
    assert problem_of(error, where="list.csv line 3").what == "is empty (/far/away/1.png)"
    assert problem_of(error, where="here/1.png").what == "is empty"


def test_folder_in_no_alphabet(tmp_path: Path) -> None:
    """A good name below a folder whose name is no text is a problem: the catalogue could not keep its path."""
    folder = tmp_path / os.fsdecode(b"\xff\xfe")
    folder.mkdir()
    (folder / NAME).write_bytes(b"x")
    listing = find_claims(tmp_path, NamePattern())
    assert listing.claims == ()
    assert "UTF-8" in listing.problems[0].what
    assert listing.problems[0].where.isprintable()


def test_nothing_is_left_out(tmp_path: Path) -> None:
    """Links to folders and links to nothing are told; hidden things and other kinds are as documented."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / NAME).write_bytes(b"x")
    (tmp_path / "linked").symlink_to("real")
    (tmp_path / "CAM02_20260302T030000Z.mp4").symlink_to("nowhere")
    (tmp_path / ".hidden.mp4").write_bytes(b"x")
    (tmp_path / "notes.txt").write_bytes(b"x")
    listing = find_claims(tmp_path, NamePattern())
    assert {claim.path.name for claim in listing.claims} == {NAME, "nowhere"}
    assert [problem.what for problem in listing.problems] == ["this link leads to a folder and is not followed"]
    assert listing.notes == ("1 files of other kinds are left alone",)


def test_loop_is_no_endless_walk(tmp_path: Path) -> None:
    """A folder that holds a link to itself is walked once."""
    (tmp_path / "round").symlink_to(".")
    (tmp_path / NAME).write_bytes(b"x")
    assert len(find_claims(tmp_path, NamePattern()).claims) == 1


@pytest.mark.parametrize("start", ["1979-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_years_without_recordings(tmp_path: Path, start: str) -> None:
    """A start before there were such recorders, or long after now, is a slip of the pen."""
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"path,camera_id,start\na.mp4,CAM01,{start}\n")
    assert "1980" in read_manifest(manifest).problems[0].what


def test_missing_manifest(tmp_path: Path) -> None:
    """A manifest that is not there is missing, not bad."""
    with pytest.raises(MissingError):
        read_manifest(tmp_path / "none.csv")
