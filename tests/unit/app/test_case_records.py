"""What a vault holds comes back exactly, and anything else is an integrity failure."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casetrail.app import case_records
from casetrail.app.case_records import (
    decode_anchor,
    decode_case,
    decode_consent,
    decode_reviewed,
    decode_sighting,
    decode_trace,
    encode_anchor,
    encode_case,
    encode_consent,
    encode_reviewed,
    encode_sighting,
    encode_trace,
)
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import Case, CaseState, LegalBasis, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import IntegrityError
from casetrail.model.geometry import LatLon
from casetrail.model.time import UtcInterval
from casetrail.sightings.sightings import MaskReading, MaskState, Sighting
from casetrail.testing.fake_vault import FakeVault
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import (
    Alternative,
    Answer,
    CaseTrace,
    Gap,
    Opened,
    Reviewed,
    TraceStep,
    Verdict,
)

SPAN = UtcInterval(1_772_452_800_000_000, 1_772_452_900_000_001)
EVENT = AuditEvent(Actor("a", Role.INVESTIGATOR), "test")
unit = st.floats(0, 1)
words = st.text(max_size=30)

CASES = st.builds(
    Case,
    words,
    st.sampled_from(CaseState),
    words,
    st.just(SPAN),
    st.builds(LegalBasis, words, words, words, words),
    st.builds(Scope, st.just(SPAN), st.frozensets(words, max_size=4), st.sampled_from(Method), st.integers(1, 9999)),
    st.integers(0, 2**53),
)
ANCHORS = st.builds(
    Anchor,
    st.sampled_from(AnchorKind),
    st.just(SPAN),
    st.none() | st.builds(LatLon, st.floats(-90, 90), st.floats(-180, 180)),
    st.floats(0, 1e6),
    st.floats(0.01, 1),
    words,
    words,
)
CONSENTS = st.builds(ConsentRecord, words, st.sampled_from(ConsentStatus), st.just(SPAN), words, words, words, words)
REVIEWED = st.builds(Reviewed, words, st.sampled_from(Answer), words, st.integers(0, 2**53))
MASKS = st.builds(MaskReading, st.sampled_from(MaskState), unit)
STEPS = st.builds(
    TraceStep, words, words, st.just(SPAN), unit, st.sampled_from(Verdict), st.none() | unit, MASKS, words
)
GAPS = st.builds(Gap, st.just(SPAN), words, words, st.none() | st.tuples(unit, unit, unit))
TRACES = st.builds(
    CaseTrace,
    words,
    st.lists(STEPS, max_size=3).map(tuple),
    st.lists(GAPS, max_size=3).map(tuple),
    st.lists(st.builds(Alternative, st.lists(words, max_size=3).map(tuple), unit), max_size=2).map(tuple),
    st.builds(Opened, st.integers(0, 99), unit, st.integers(0, 99), st.integers(0, 99)),
    st.lists(words, max_size=2).map(tuple),
)


@given(CASES)
def test_cases_come_back(value: Case) -> None:
    """Any case comes back equal."""
    assert decode_case(encode_case(value)) == value


@given(ANCHORS)
def test_anchors_come_back(value: Anchor) -> None:
    """Any anchor comes back equal."""
    assert decode_anchor(encode_anchor(value)) == value


@given(CONSENTS)
def test_consents_come_back(value: ConsentRecord) -> None:
    """Any consent record comes back equal, and so does the hash of its text."""
    assert decode_consent(encode_consent(value)) == value


@given(REVIEWED)
def test_answers_come_back(value: Reviewed) -> None:
    """Any answer comes back equal."""
    assert decode_reviewed(encode_reviewed(value)) == value


@given(TRACES)
def test_traces_come_back(value: CaseTrace) -> None:
    """Any case trace comes back equal."""
    assert decode_trace(encode_trace(value)) == value


@given(hnp.arrays(np.float32, st.integers(0, 64), elements=st.floats(-1, 1, width=32)), MASKS, st.none() | unit)
def test_sightings_come_back(embedding: np.ndarray, mask: MaskReading, face: float | None) -> None:
    """Any sighting comes back with its embedding bit for bit, read-only, and with every other field."""
    value = Sighting("p", "CAM01", SPAN, embedding, 0.5, 3, mask, face)
    back = decode_sighting(encode_sighting(value))
    assert back.embedding.tobytes() == embedding.tobytes()
    assert back.embedding.dtype == np.float32
    assert not back.embedding.flags.writeable
    assert (back.interval, back.mask, back.face_similarity, back.quality) == (SPAN, mask, face, 0.5)


GOOD = encode_reviewed(Reviewed("p", Answer.YES, "r", 5))


def test_an_answer_from_before_walks_were_shown_is_still_read() -> None:
    """What was not recorded then has its usual value."""
    old = GOOD
    for later in (b', "stated": null', b', "along": []', b', "covered_by": ""'):
        assert later in old
        old = old.replace(later, b"")
    assert decode_reviewed(old) == decode_reviewed(GOOD)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        GOOD.replace(b'"yes"', b'"perhaps"'),
        GOOD.replace(b'"yes"', b"true"),
        GOOD.replace(b'"utc_us": 5', b'"utc_us": "5"'),
        GOOD.replace(b'"utc_us": 5', b'"utc_us": 5.5'),
        GOOD.replace(b'"reviewer"', b'"somebody"'),
        GOOD.replace(b', "utc_us": 5', b""),
        GOOD.replace(b'"utc_us": 5', b'"utc_us": 5, "more": 1'),
        GOOD.replace(b'"Reviewed"', b'"Anchor"'),
        encode_anchor(Anchor(AnchorKind.CARD, SPAN, None, 1.0, 0.5)),
    ],
)
def test_other_bytes_are_an_integrity_failure(data: bytes) -> None:
    """Bytes that are not exactly such a record are refused, records of another kind too."""
    with pytest.raises(IntegrityError):
        decode_reviewed(data)


@pytest.mark.parametrize(
    "spoil", [("radius_m", -1.0), ("reliability", 0.0), ("interval", {"start_us": 5, "end_us": 1})]
)
def test_values_check_themselves_when_read(spoil: tuple[str, object]) -> None:
    """A stored value that its own constructor would refuse is refused."""
    plain = json.loads(encode_anchor(Anchor(AnchorKind.CARD, SPAN, None, 1.0, 0.5)))
    plain["value"][spoil[0]] = spoil[1]
    with pytest.raises(IntegrityError):
        decode_anchor(json.dumps(plain).encode())


def test_the_same_anchor_twice_is_one() -> None:
    """Adding evidence again changes nothing; anchors come in order of time."""
    vault = FakeVault()
    vault.create_case("C", audit=EVENT)
    late = Anchor(AnchorKind.CARD, UtcInterval(50, 60), None, 1.0, 0.5)
    early = Anchor(AnchorKind.PHONE, UtcInterval(10, 60), None, 1.0, 0.5)
    case_records.write_anchors(vault, "C", [late, early], audit=EVENT)
    case_records.write_anchors(vault, "C", [late], audit=EVENT)
    assert case_records.read_anchors(vault, "C") == (early, late)


def test_every_answer_ever_given_stays() -> None:
    """A second answer to the same question does not remove the first; both come in the order given."""
    vault = FakeVault()
    vault.create_case("C", audit=EVENT)
    answers = [Reviewed("p", Answer.NO, "r", 20), Reviewed("p", Answer.YES, "r", 10)]
    for answer in answers:
        case_records.write_answers(vault, "C", [answer], audit=EVENT)
    assert case_records.read_answers(vault, "C") == (answers[1], answers[0])


def test_what_is_not_there_is_none() -> None:
    """A case without consent or trace has None for them."""
    vault = FakeVault()
    vault.create_case("C", audit=EVENT)
    assert case_records.read_consent(vault, "C") is None
    assert case_records.read_trace(vault, "C") is None
