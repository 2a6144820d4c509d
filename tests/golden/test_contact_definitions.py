"""Contact definitions are dated documents: what was shipped under a name never changes silently."""

import pytest

from casetrail.contacts.definitions import list_definitions, read_definition

SHIPPED = {
    "cdc-2020-10": ("246b29e3398fa8f2", 1.8288, 900.0, 24.0),
    "ecdc-2020-04": ("c9ea8bcc90f6df4d", 2.0, 900.0, 0.0),
    "kdca-2020": ("126ef60453773128", 2.0, 900.0, 24.0),
    "kdca-2022-01": ("95c5f63a8ec156d9", 2.0, 900.0, 0.0),
    "who-2021-02": ("8c473430268eff5d", 1.0, 900.0, 0.0),
}


def test_exactly_these_definitions_are_shipped() -> None:
    """A definition that is added or dropped is said here too."""
    assert set(list_definitions()) == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_definition_is_what_was_shipped(name: str) -> None:
    """Bytes, distance, duration and window of each definition are those of the document it cites."""
    found = read_definition(name)
    sha256, distance_m, duration_s, cumulative_h = SHIPPED[name]
    assert found.sha256.startswith(sha256), "a changed rule is a new dated file, not an edit"
    assert (found.distance_m, found.duration_s, found.cumulative_h) == (distance_m, duration_s, cumulative_h)
