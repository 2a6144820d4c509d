"""Orders as files: what is read is what was signed, and nothing else is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.governance.orders import (
    AlertLevel,
    Order,
    check_signed,
    find_order,
    format_order,
    parse_order,
    same_disease,
    sign_order,
)
from casetrail.model.errors import BadInputError, CasetrailError, RefusedError
from casetrail.model.time import UtcInterval
from casetrail.testing.fake_authority_keys import FakeAuthorityKeys

DAY_US = 86_400_000_000
ORDER = Order("2026-7", "홍역", AlertLevel.SERIOUS, "제18조, 제76조의2", UtcInterval(0, 30 * DAY_US))
KEYS = FakeAuthorityKeys()


def test_a_signed_order_comes_back_from_its_file() -> None:
    """Every part, and the signature holds."""
    order = sign_order(ORDER, KEYS)
    assert parse_order(format_order(order).encode()) == order
    check_signed(order, KEYS)


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": "2026-8"},
        {"disease": "measles"},
        {"alert_level": AlertLevel.ATTENTION},
        {"legal_text": "anything"},
        {"valid": UtcInterval(DAY_US, 31 * DAY_US)},
        {"signature": b"\x00" * 64},
    ],
)
def test_whatever_is_changed_ends_the_signature(change: dict[str, object]) -> None:
    """Each part is covered: a changed order is refused, and is never the one in force."""
    order = replace(sign_order(ORDER, KEYS), **change)  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="not as its authority signed it"):
        check_signed(order, KEYS)
    assert find_order([order], KEYS, order.disease, 2 * DAY_US) is None


def test_an_order_of_nobody_trusted() -> None:
    """A key id that is not trusted is named as the reason."""
    with pytest.raises(RefusedError, match="no trusted authority"):
        check_signed(replace(sign_order(ORDER, KEYS), key_id="abcd0123"), KEYS)


@pytest.mark.parametrize("days", [0, 30.001, 365])
def test_at_most_thirty_days(days: float) -> None:
    """Neither an empty order nor a longer one can be made."""
    with pytest.raises(BadInputError, match="30 days"):
        replace(ORDER, valid=UtcInterval(0, round(days * DAY_US)))


@pytest.mark.parametrize(("now_us", "held"), [(-1, False), (0, True), (30 * DAY_US - 1, True), (30 * DAY_US, False)])
def test_an_order_holds_from_its_start_to_before_its_end(now_us: int, held: bool) -> None:
    """Half-open, like every interval."""
    assert (find_order([sign_order(ORDER, KEYS)], KEYS, "홍역", now_us) is not None) is held


def test_of_two_orders_the_longer_counts() -> None:
    """A renewal takes over while the earlier one still holds."""
    first = sign_order(replace(ORDER, valid=UtcInterval(0, DAY_US)), KEYS)
    second = sign_order(replace(ORDER, order_id="2026-8", valid=UtcInterval(0, 2 * DAY_US)), KEYS)
    assert find_order([first, second], KEYS, "홍역", 5) == second


def test_a_disease_by_another_spelling() -> None:
    """Case and spaces do not matter, the words do."""
    assert same_disease(" Influenza  A ", "influenza a")
    assert not same_disease("influenza A", "influenza B")


@pytest.mark.parametrize("absent", ["order_id", "disease", "alert_level", "legal_text", "valid_from", "signature"])
def test_a_part_is_missing(absent: str) -> None:
    """The file is not read, and what is missing is named."""
    plain = json.loads(format_order(sign_order(ORDER, KEYS)))
    del plain[absent]
    with pytest.raises(BadInputError, match=absent):
        parse_order(json.dumps(plain).encode(), where="order.json")


@given(st.binary(max_size=200) | st.recursive(st.text() | st.integers() | st.none(), st.lists).map(json.dumps))
def test_no_file_breaks_the_reader(data: bytes | str) -> None:
    """Whatever is in a file, it is an order or a one-line error."""
    try:
        parse_order(data if isinstance(data, bytes) else data.encode())
    except CasetrailError as error:
        assert "\n" not in str(error)
