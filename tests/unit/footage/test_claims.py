"""What manifests and folders claim about recordings."""

from pathlib import Path

import pytest

from casetrail.footage.claims import find_claims, read_manifest
from casetrail.footage.naming import NamePattern
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.time import parse_utc

START = "2026-03-02T12:00:00+09:00"


def _manifest(folder: Path, *rows: str, header: str = "path,camera_id,start") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def test_paths_are_relative_to_the_manifest(tmp_path: Path) -> None:
    """A relative path starts at the manifest's folder; an absolute one stands."""
    listing = read_manifest(_manifest(tmp_path, f"a/b.mp4,CAM01,{START}", f"/c.mp4,CAM02,{START}"))
    assert [claim.path for claim in listing.claims] == [(tmp_path / "a" / "b.mp4").resolve(), Path("/c.mp4")]
    assert {claim.start_us for claim in listing.claims} == {parse_utc(START)}


def test_optional_columns(tmp_path: Path) -> None:
    """Duration and sha256 are read when given; other columns are noted."""
    header = "path,camera_id,start,duration_s,sha256,colour"
    listing = read_manifest(_manifest(tmp_path, f"a.mp4,CAM01,{START},60.5,{'AB' * 32},red", header=header))
    assert [(claim.duration_s, claim.sha256) for claim in listing.claims] == [(60.5, "ab" * 32)]
    assert listing.notes == ("columns not used: colour",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f",CAM01,{START},,", "path"),
        (f"a.mp4,a b,{START},,", "camera id"),
        ("a.mp4,CAM01,2026-03-02T12:00:00,,", "offset"),
        ("a.mp4,CAM01,noon,,", "ISO 8601"),
        (f"a.mp4,CAM01,{START},nan,", "duration_s"),
        (f"a.mp4,CAM01,{START},-1,", "duration_s"),
        (f"a.mp4,CAM01,{START},,xyz", "sha256"),
        (f"a.mp4,CAM01,{START},1,,,,", "more cells"),
    ],
)
def test_bad_row(tmp_path: Path, row: str, reason: str) -> None:
    """A bad row is listed with its line and reason; the next one is read."""
    header = "path,camera_id,start,duration_s,sha256"
    listing = read_manifest(_manifest(tmp_path, row, f"b.mp4,CAM01,{START},,", header=header))
    assert [claim.path.name for claim in listing.claims] == ["b.mp4"]
    assert [(problem.where, reason in problem.what) for problem in listing.problems] == [("manifest.csv line 2", True)]


def test_no_manifest(tmp_path: Path) -> None:
    """A table without the columns is no manifest."""
    with pytest.raises(BadInputError, match="start"):
        read_manifest(_manifest(tmp_path, "a,b", header="path,camera_id"))


def test_folder(tmp_path: Path) -> None:
    """Files below a folder are found by name; an image sequence is one thing; other files are only counted."""
    (tmp_path / "sub").mkdir()
    for name in ("CAM01_20260302T030000Z.mp4", "sub/CAM02_20260302T030000Z.mkv", "odd.mp4", "notes.txt", ".hidden.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "CAM03_20260302T030000Z" / "img1").mkdir(parents=True)
    (tmp_path / "CAM03_20260302T030000Z" / "img1" / "000001.jpg").touch()
    listing = find_claims(tmp_path, NamePattern())
    assert sorted(claim.camera_id for claim in listing.claims) == ["CAM01", "CAM02", "CAM03"]
    assert [Path(problem.where).name for problem in listing.problems] == ["odd.mp4"]
    assert listing.notes == ("1 files of other kinds are left alone",)


def test_single_file_of_any_suffix(tmp_path: Path) -> None:
    """A file that is named outright is taken whatever its suffix."""
    (tmp_path / "CAM01_20260302T030000Z.bin").touch()
    listing = find_claims(tmp_path / "CAM01_20260302T030000Z.bin", NamePattern())
    assert [claim.camera_id for claim in listing.claims] == ["CAM01"]


def test_linked_folder_is_not_followed(tmp_path: Path) -> None:
    """A link to a folder above does not make the search endless."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "sub" / "CAM01_20260302T030000Z.mp4").touch()
    assert len(find_claims(tmp_path, NamePattern()).claims) == 1


def test_nothing_there(tmp_path: Path) -> None:
    """A path that is not there is missing."""
    with pytest.raises(MissingError):
        find_claims(tmp_path / "none", NamePattern())
