"""Contract of the CaseVault port: each record belongs to its case, kind and id; erased means gone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from casetrail.model.errors import IntegrityError, MissingError, UsageError
from casetrail.sightings.vault import VERSION, CaseVault
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog

CASE, OTHER = "C-AAAA-2222", "C-BBBB-3333"


class CaseVaultContract:
    """Subclasses give fixtures `audit_log`, a FakeAuditLog, and `vault`, an empty vault that records to it."""

    def test_records_come_back(self, vault: CaseVault) -> None:
        """Records come back by kind and id, byte for byte."""
        vault.create_case(CASE, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one", "둘": bytes(range(256)), "3": b""}, audit=make_event())
        vault.write_records(CASE, "sightings", {"1": b"other"}, audit=make_event())
        assert vault.read_records(CASE, "anchors") == {"1": b"one", "둘": bytes(range(256)), "3": b""}
        assert vault.read_records(CASE, "sightings") == {"1": b"other"}
        assert vault.read_records(CASE, "answers") == {}
        assert vault.verify_case(CASE) == 4

    def test_a_record_is_replaced(self, vault: CaseVault) -> None:
        """Writing an id again replaces it and leaves the others alone."""
        vault.create_case(CASE, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one", "2": b"two"}, audit=make_event())
        vault.write_records(CASE, "anchors", {"2": b"new", "3": b"three"}, audit=make_event())
        assert vault.read_records(CASE, "anchors") == {"1": b"one", "2": b"new", "3": b"three"}
        assert vault.verify_case(CASE) == 3

    def test_many_small_writes(self, vault: CaseVault) -> None:
        """A hundred writes of one record each lose nothing."""
        vault.create_case(CASE, audit=make_event())
        for number in range(100):
            vault.write_records(CASE, "answers", {str(number): str(number).encode()}, audit=make_event())
        assert vault.read_records(CASE, "answers") == {str(n): str(n).encode() for n in range(100)}

    def test_cases_are_apart(self, vault: CaseVault) -> None:
        """What belongs to one case is not in another, and erasing one leaves the other."""
        for case_id in (CASE, OTHER):
            vault.create_case(case_id, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one"}, audit=make_event())
        assert vault.read_records(OTHER, "anchors") == {}
        vault.erase_case(CASE, audit=make_event())
        assert vault.has_case(OTHER)
        assert vault.read_records(OTHER, "anchors") == {}

    def test_erased_is_gone(self, vault: CaseVault) -> None:
        """After erasure nothing can be read, written or erased again; the number of records is told."""
        vault.create_case(CASE, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one", "2": b"two"}, audit=make_event())
        vault.write_records(CASE, "answers", {"1": b"yes"}, audit=make_event())
        assert vault.has_case(CASE)
        assert vault.erase_case(CASE, audit=make_event()) == 3
        assert not vault.has_case(CASE)
        acts: tuple[Callable[[], object], ...] = (
            lambda: vault.read_records(CASE, "anchors"),
            lambda: vault.write_records(CASE, "anchors", {"1": b"one"}, audit=make_event()),
            lambda: vault.verify_case(CASE),
            lambda: vault.erase_case(CASE, audit=make_event()),
        )
        for act in acts:
            with pytest.raises(MissingError):
                act()

    def test_a_case_is_made_once(self, vault: CaseVault) -> None:
        """A second key for the same case is refused: it would make the first one's records unreadable."""
        vault.create_case(CASE, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one"}, audit=make_event())
        with pytest.raises(UsageError):
            vault.create_case(CASE, audit=make_event())
        assert vault.read_records(CASE, "anchors") == {"1": b"one"}

    def test_unknown_case(self, vault: CaseVault) -> None:
        """A case that was never opened here has nothing to read."""
        assert not vault.has_case(CASE)
        with pytest.raises(MissingError):
            vault.read_records(CASE, "anchors")

    def test_no_change_without_its_event(self, vault: CaseVault, audit_log: FakeAuditLog) -> None:
        """While events cannot be recorded, nothing is made, written or erased."""
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            vault.create_case(CASE, audit=make_event())
        assert not vault.has_case(CASE)
        audit_log.failing = False
        vault.create_case(CASE, audit=make_event())
        vault.write_records(CASE, "anchors", {"1": b"one"}, audit=make_event())
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            vault.write_records(CASE, "anchors", {"1": b"new"}, audit=make_event())
        with pytest.raises(IntegrityError):
            vault.erase_case(CASE, audit=make_event())
        assert vault.read_records(CASE, "anchors") == {"1": b"one"}

    def test_every_change_is_on_record(self, vault: CaseVault, audit_log: FakeAuditLog) -> None:
        """Making, writing and erasing record one event each, in that order."""
        vault.create_case(CASE, audit=make_event(1))
        vault.write_records(CASE, "anchors", {"1": b"one"}, audit=make_event(2))
        vault.erase_case(CASE, audit=make_event(3))
        written = replace(make_event(2), counts={**make_event(2).counts, VERSION: 1})
        assert [item.event for item in audit_log.recorded] == [make_event(1), written, make_event(3)]

    def test_every_write_is_numbered(self, vault: CaseVault, audit_log: FakeAuditLog) -> None:
        """Each write has the next number, in the vault and in its event; writing nothing has none of its own."""
        vault.create_case(CASE, audit=make_event())
        assert vault.read_version(CASE) == 0
        for number in (1, 2, 3):
            vault.write_records(CASE, "anchors", {str(number): b"one"}, audit=make_event())
            assert vault.read_version(CASE) == number
        vault.write_records(CASE, "anchors", {}, audit=make_event())
        counts = [recorded.event.counts.get(VERSION) for recorded in audit_log.recorded]
        assert (vault.read_version(CASE), counts) == (3, [None, 1, 2, 3, 3])
        vault.erase_case(CASE, audit=make_event())
        with pytest.raises(MissingError):
            vault.read_version(CASE)

    def test_a_secret_belongs_to_case_and_purpose(self, vault: CaseVault) -> None:
        """A secret is always the same for a case and a purpose, another for any other, and gone with the case."""
        for case_id in (CASE, OTHER):
            vault.create_case(case_id, audit=make_event())
        asked = [(CASE, "a"), (CASE, "b"), (OTHER, "a")]
        secrets = {pair: vault.read_secret(*pair) for pair in asked}
        assert {pair: vault.read_secret(*pair) for pair in asked} == secrets
        assert len(set(secrets.values())) == 3
        assert {len(secret) for secret in secrets.values()} == {32}
        vault.erase_case(CASE, audit=make_event())
        with pytest.raises(MissingError):
            vault.read_secret(CASE, "a")

    def test_exchanging_the_key_loses_nothing(self, vault: CaseVault, audit_log: FakeAuditLog) -> None:
        """After the key was exchanged, every case reads as before and has its secrets; the act is on record."""
        for case_id in (CASE, OTHER):
            vault.create_case(case_id, audit=make_event())
            vault.write_records(case_id, "anchors", {"1": case_id.encode()}, audit=make_event())
        secret = vault.read_secret(CASE, "a")
        assert vault.change_key(audit=make_event(9)) == 2
        assert audit_log.recorded[-1].event == make_event(9)
        assert vault.read_records(CASE, "anchors") == {"1": CASE.encode()}
        assert vault.read_records(OTHER, "anchors") == {"1": OTHER.encode()}
        assert vault.read_secret(CASE, "a") == secret

    def test_thousands_of_records_in_many_writes(self, vault: CaseVault) -> None:
        """Records written in many batches, some replaced later, come back whole."""
        vault.create_case(CASE, audit=make_event())
        for start in range(0, 6000, 60):
            batch = {str(n): f"first {n}".encode() for n in range(start, start + 60)}
            vault.write_records(CASE, "sightings", batch, audit=make_event())
        vault.write_records(CASE, "sightings", {str(n): b"second" for n in range(0, 6000, 500)}, audit=make_event())
        expected = {str(n): b"second" if n % 500 == 0 else f"first {n}".encode() for n in range(6000)}
        assert vault.read_records(CASE, "sightings") == expected
        assert vault.verify_case(CASE) == 6000
