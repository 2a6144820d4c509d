"""Contact definitions as data."""

import hashlib
from importlib import resources
from pathlib import Path

import pytest

from casetrail.contacts.definitions import list_definitions, parse_definition, read_definition
from casetrail.model.errors import BadInputError, UsageError

SHIPPED = {
    "who-2021-02": (1.0, "<=", ">=", 0.0),
    "cdc-2020-10": (1.8288, "<", ">=", 24.0),
    "ecdc-2020-04": (2.0, "<=", ">", 0.0),
    "kdca-2022-01": (2.0, "<=", ">=", 0.0),
    "kdca-2020": (2.0, "<=", ">=", 24.0),
}


def _bytes(name: str) -> bytes:
    return (resources.files("casetrail.contacts") / "definitions" / f"{name}.toml").read_bytes()


def test_the_five_definitions_are_shipped() -> None:
    """Exactly the definitions that are named here come with the package."""
    assert set(list_definitions()) == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_definition_says_what_its_source_says(name: str) -> None:
    """Distance, comparisons and cumulation are those of the document; each is dated and cites its source."""
    one = read_definition(name)
    assert (one.distance_m, one.distance_comparison, one.duration_comparison, one.cumulative_h) == SHIPPED[name]
    assert one.duration_s == 900
    assert one.date.startswith(name.rsplit("-", 1)[1] if name == "kdca-2020" else name.split("-")[1])
    assert len(one.source) > 40


@pytest.mark.parametrize("name", SHIPPED)
def test_hash_is_that_of_the_file(name: str) -> None:
    """A finding can be traced to the exact bytes of its definition."""
    assert read_definition(name).sha256 == hashlib.sha256(_bytes(name)).hexdigest()


def test_six_feet_do_not_count_and_a_hair_less_does() -> None:
    """A definition that says less than six feet leaves six feet out."""
    assert read_definition("cdc-2020-10").within_m < 1.8288
    assert read_definition("kdca-2022-01").within_m == 2.0


@pytest.mark.parametrize(("name", "seconds", "meets"), [("ecdc-2020-04", 900, False), ("who-2021-02", 900, True)])
def test_fifteen_minutes_meet_only_at_least(name: str, seconds: float, meets: bool) -> None:
    """Exactly fifteen minutes meet 'at least' and not 'more than'."""
    assert read_definition(name).is_long_enough(seconds) is meets


def test_site_may_bring_its_own_file(tmp_path: Path) -> None:
    """A TOML file by path is read like a shipped one and named after the file."""
    path = tmp_path / "ours-2026.toml"
    path.write_bytes(_bytes("who-2021-02"))
    assert read_definition(str(path)).name == "ours-2026"


def test_unknown_name_lists_what_there_is() -> None:
    """A name that is not shipped is a usage error that names the choices."""
    with pytest.raises(UsageError, match="who-2021-02"):
        read_definition("who-1999")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"distance_m = 1.0", b""),
        (b"distance_m = 1.0", b"distance_m = -1.0"),
        (b"distance_m = 1.0", b"distance_m = nan"),
        (b'"<="', b'"=<"'),
        (b'masks = "not considered"', b'masks = "perhaps"'),
        (b'unknown_mask = "not considered"', b'unknown_mask = "cannot tell"'),
        (b"duration_s = 900", b"duration_s = [900]"),
        (b"note =", b"remark ="),
        (b"title =", b"title"),
        (b"title", b"\xff\xfe"),
    ],
)
def test_spoilt_definition_is_bad_input(before: bytes, after: bytes) -> None:
    """A missing, unknown or absurd value is refused with the definition's name, never guessed."""
    content = _bytes("who-2021-02").replace(before, after, 1)
    with pytest.raises(BadInputError, match="contact definition spoilt"):
        parse_definition("spoilt", content)
