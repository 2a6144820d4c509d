"""The bytes of an event that the tree hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.audit_codec import commitment, decode_event, encode_event
from casetrail.model.errors import IntegrityError

EVENTS = st.builds(
    AuditEvent,
    st.builds(Actor, st.text(max_size=20), st.sampled_from(Role)),
    st.text(max_size=20),
    st.none() | st.text(max_size=20),
    st.dictionaries(st.text(max_size=8), st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=4),
    st.text(max_size=20),
    st.text(max_size=20),
)


@given(st.integers(0, 10**9), st.integers(0, 2**53), EVENTS)
def test_an_event_comes_back(index: int, utc_us: int, event: AuditEvent) -> None:
    """Any event comes back as it was, and its bytes hold no line break that could split a line of the log."""
    data = encode_event(index, utc_us, event)
    assert decode_event(data) == (index, utc_us, event)
    assert b"\n" not in data


def test_the_bytes_do_not_depend_on_the_order_of_counts() -> None:
    """The same counts in another order give the same leaf."""
    actor = Actor("a", Role.AUDITOR)
    one = encode_event(0, 0, AuditEvent(actor, "x", None, {"a": 1, "b": 2}))
    assert one == encode_event(0, 0, AuditEvent(actor, "x", None, {"b": 2, "a": 1}))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"actor": 1}', b"\xff"])
def test_other_bytes_are_no_event(data: bytes) -> None:
    """Anything else is an integrity failure."""
    with pytest.raises(IntegrityError):
        decode_event(data)


def test_a_commitment_needs_its_salt() -> None:
    """The same document gives different commitments under different salts, and the same under the same."""
    assert commitment("2026-17", b"salt") == commitment("2026-17", b"salt")
    assert commitment("2026-17", b"salt") != commitment("2026-17", b"other")
    assert commitment("2026-17", b"salt") != commitment("2026-18", b"salt")


def test_an_event_from_before_there_was_a_policy() -> None:
    """An event without the field reads as one without a policy, and its bytes stay what they were."""
    fields = b'{"act":"x","actor":"a","basis":"","case":null,"counts":{},"index":0'
    old = fields + b',"purpose":"p","role":"auditor","utc_us":1}'
    index, utc_us, event = decode_event(old)
    assert event.policy == ""
    assert encode_event(index, utc_us, event) == old.replace(b'"p"', b'"infectious-disease investigation"')
