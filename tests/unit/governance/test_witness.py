"""Requests to a witness as text, and when a countersignature is too old."""

import pytest

from casetrail.governance.audit import LogHead
from casetrail.governance.checkpoint import sign_checkpoint
from casetrail.governance.witness import WitnessRequest, can_rely_on_witness, check_witness, parse_request
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.testing.fake_signing import FakeSigner

DAY_US = 86_400_000_000
NOW_US = 1_800_000_000_000_000
NOTE = sign_checkpoint(LogHead(7, "0a" * 32), FakeSigner())


@pytest.mark.parametrize("hashes", [(), (bytes(32),), (bytes(32), b"1" * 32)])
def test_a_request_comes_back(hashes: tuple[bytes, ...]) -> None:
    """A request reads back from its text, with and without a proof."""
    request = WitnessRequest(3, hashes, NOTE)
    assert parse_request(request.text) == request


@pytest.mark.parametrize("text", ["", "old\n\n", "old x\n\nbody", "old 3\n!\n\n" + NOTE.text, "new 3\n\n" + NOTE.text])
def test_what_is_no_request(text: str) -> None:
    """Other text is refused."""
    with pytest.raises(BadInputError):
        parse_request(text)


@pytest.mark.parametrize(
    ("age_us", "most_days", "passes"),
    [
        (0, 7, True),
        (7 * DAY_US, 7, True),
        (7 * DAY_US + 1, 7, False),
        (2 * DAY_US, 1, False),
        (-60_000_000, 7, True),
        (-2 * 3600 * 1_000_000, 7, False),
    ],
)
def test_how_old_a_countersignature_may_be(age_us: int, most_days: int, passes: bool) -> None:
    """It passes up to the set number of days, and not from the future beyond an hour."""
    assert can_rely_on_witness(NOW_US - age_us, NOW_US, most_days) is passes


def test_no_countersignature_at_all() -> None:
    """A witness that is relied on and never saw the log is a refusal that says what to do."""
    with pytest.raises(RefusedError, match="casetrail audit witness request"):
        check_witness(None, NOW_US)
