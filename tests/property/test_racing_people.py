"""Two people in two processes do things to the same case at the same moment: no forbidden state ever comes of it.

Every step runs two acts at once, one of them in a process of its own, on stores of their own over the same files and
the same database, and then looks at everything that is stored.
"""

import multiprocessing
import os
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from casetrail.adapters.audit_files import AuditFiles
from casetrail.adapters.case_store import SqlCaseStore
from casetrail.adapters.vault_files import KeyFile, VaultFiles
from casetrail.app.approve_request import approve_request
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.case_ports import CasePorts, OpeningPorts
from casetrail.app.case_records import read_consent, read_sightings
from casetrail.app.close_case import CasePlaces, close_case
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.erase_outputs import keep_output
from casetrail.app.gate import CaseGate
from casetrail.app.notice import NoticeWish, record_notice
from casetrail.app.open_presences import open_presences
from casetrail.app.private_files import make_folder, replace_file
from casetrail.app.request_access import RequestPorts, request_access
from casetrail.app.retention import RetentionPorts, run_retention
from casetrail.app.suspend_case import Cause, resume_case, suspend_case
from casetrail.governance.access import WORKING
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import GRANTABLE, CaseState, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence
from casetrail.testing.fake_authority_keys import FakeAuthorityKeys
from casetrail.testing.fake_day_keys import FakeDayKeys
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier, FakeWitnessKeys
from casetrail.testing.postgres import PostgresServer
from casetrail.testing.staged_case import START_US, Clock, StagedCase, stage_case
from casetrail.testing.staged_office import stage_order

ONE, OTHER = Actor("one", Role.INVESTIGATOR), Actor("other", Role.INVESTIGATOR)
SUPERVISOR, OFFICER = Actor("supervisor", Role.SUPERVISOR), Actor("officer", Role.PRIVACY_OFFICER)
HOUR = UtcInterval(START_US, START_US + 3600 * SECOND_US)
BUDGET = 12
WAIT_S = 60
IN_MEMORY = Path("/dev/shm")  # where waiting for a disk costs nothing
TOLD = (RefusedError, MissingError, BadInputError)  # what people are told, and nothing worse


class Desk:
    """One machine's view of the shared stores."""

    def __init__(self, folder: Path, database: Path | str, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        log = AuditFiles(folder / "store" / "audit", clock)
        store = SqlCaseStore(database, log)
        vault = VaultFiles(folder / "store" / "vault", KeyFile(folder / "keys" / "kek"), log)
        gate = CaseGate(store, vault, log, FakeAuthorityKeys(), FakePolicy(), clock, lambda: None)
        self.cases = CasePorts(store, vault, log, gate)
        signed = AuditPorts(log, FakeSigner(), FakeVerifier(), FakeWitnessKeys(log), gate)
        self.places = CasePlaces(folder / "output", folder / "store" / "receipts", signed)
        index = FakePresenceIndex()
        self.retention = RetentionPorts(self.cases, self.places, index, FakeDayKeys(), folder / "store")

    def opening(self, stage: StagedCase) -> OpeningPorts:
        """What opening needs, on this machine's stores."""
        return replace(stage.ports, case=self.cases)


class RacingPeople(RuleBasedStateMachine):
    """A case, two desks, and acts that two people do at once."""

    database: "str | None" = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="casetrail-race-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
        self.clock = Clock()
        self.place = self.database or self.folder / "store" / "casetrail.db"
        self.desks = [Desk(self.folder, self.place, self.clock) for _ in range(2)]
        self.erased: set[str] = set()

    def teardown(self) -> None:
        """Nothing stays of an example."""
        shutil.rmtree(self.folder)

    @initialize()
    def open_the_case(self) -> None:
        """An order in force, a granted case by clothing and face, consent."""
        cases = self.desks[0].cases
        event = AuditEvent(ONE, "stage")
        with suppress(Exception):  # the order of an earlier example on the same server
            cases.store.add_order(stage_order(FakeAuthorityKeys(), "measles", START_US - SECOND_US), audit=event)
        scope = Scope(HOUR, method=Method.CLOTHING_AND_FACE, views=BUDGET)
        self.stage = stage_case(scope=scope, case_ports=cases, height_px=180.0)
        self.case_id = self.stage.case.case_id
        record_consent(cases, self._consent(), ONE)

    @rule(first=st.integers(0, 10), second=st.integers(0, 10))
    def two_at_once(self, first: int, second: int) -> None:
        """Two acts at the same moment, one here and one in another process; each happens or is told why not."""
        others = multiprocessing.get_context("fork")
        barrier = others.Barrier(2)
        other = others.Process(target=self._act_elsewhere, args=(second, barrier))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forking beside threads
            other.start()
        barrier.wait(WAIT_S)
        with suppress(*TOLD):
            self._acts()[first](self.desks[0])
        other.join(WAIT_S)
        assert other.exitcode == 0, "the other process met something else than a refusal"

    def _act_elsewhere(self, number: int, barrier: Barrier) -> None:
        """In a process of its own: a desk of its own, one act, and an exit code."""
        code = 1
        try:
            desk = Desk(self.folder, self.place, self.clock)
            barrier.wait(WAIT_S)
            with suppress(*TOLD):
                self._acts()[number](desk)
            code = 0
        except BaseException:  # noqa: BLE001  whatever it is, the example fails with it
            traceback.print_exc()
        finally:
            os._exit(code)  # without closing what was inherited

    def _acts(self) -> list[Callable[[Desk], object]]:
        case_id, clock = self.case_id, self.clock
        return [
            self._ask,
            lambda desk: [self._approve(desk, each.request_id) for each in desk.cases.store.read_requests(case_id)],
            lambda desk: withdraw_consent(desk.cases, case_id, OFFICER),
            lambda desk: record_consent(desk.cases, self._consent(), ONE),
            lambda desk: self._look(desk, self.stage.walker, OTHER),
            lambda desk: self._look(desk, self.stage.everybody[::-1][:2], ONE),
            lambda desk: suspend_case(desk.cases, case_id, Cause.OBJECTION, OFFICER),
            lambda desk: resume_case(desk.cases, case_id, SUPERVISOR),
            self._close,
            lambda desk: run_retention(desk.retention, clock() + 40 * 86_400 * SECOND_US),
            self._write_out,
        ]

    def _look(self, desk: Desk, presences: Sequence[Presence], actor: Actor) -> None:
        known = self.stage.walker[:1]
        open_presences(desk.opening(self.stage), self.case_id, presences, actor, reference=known)

    def _ask(self, desk: Desk) -> None:
        ports = RequestPorts(desk.cases, self.stage.ports.catalogue, FakePresenceIndex())
        request_access(ports, self.case_id, ONE, self.clock(), written_order="WO-2")

    def _approve(self, desk: Desk, request_id: str) -> None:
        with suppress(*TOLD):
            approve_request(desk.cases, self.case_id, request_id, SUPERVISOR, self.clock())

    def _close(self, desk: Desk) -> None:
        record_notice(desk.cases, self.case_id, OFFICER, NoticeWish(), "letter", self.clock())
        close_case(desk.cases, desk.places, self.case_id, OFFICER, self.clock())

    def _write_out(self, desk: Desk) -> None:
        if desk.cases.store.read_case(self.case_id).state not in WORKING:
            return
        path = make_folder(desk.places.output_dir / self.case_id) / "report.html"
        with suppress(FileNotFoundError):  # the folder went between the two lines
            replace_file(path, b"somebody")
        keep_output(desk.cases.store, self.case_id, path)

    def _consent(self) -> ConsentRecord:
        return ConsentRecord(self.case_id, ConsentStatus.GIVEN, HOUR, "I agree.", "en", "on paper", "Room 3")

    @invariant()
    def nothing_forbidden_is_stored(self) -> None:
        """Whatever was done at once, what is stored is a state that one after the other could have led to."""
        cases = self.desks[0].cases
        entry = cases.store.read_case(self.case_id)
        self._check_grants(entry.state)
        if entry.state is CaseState.ERASED:
            self.erased.add(self.case_id)
            self._check_gone()
        else:
            assert self.case_id not in self.erased, "an erased case came back"
            self._check_described()
        cases.audit_log.verify()

    def _check_grants(self, state: CaseState) -> None:
        store = self.desks[1].cases.store
        asked = {each.request_id: each for each in store.read_requests(self.case_id)}
        grants = store.read_grants(self.case_id)
        assert not grants or state in GRANTABLE
        assert len({grant.request_id for grant in grants}) == len(grants)
        assert all(asked[grant.request_id].requester != grant.approver for grant in grants)
        assert not (asked and state is CaseState.ERASED)

    def _check_gone(self) -> None:
        cases = self.desks[1].cases
        assert not cases.vault.has_case(self.case_id)
        assert cases.store.read_views(self.case_id) == 0
        left = [path for path in self.folder.rglob("*") if self.case_id in str(path) and path.is_file()]
        assert [path.name for path in left] in ([], [f"{self.case_id}.json"])

    def _check_described(self) -> None:
        cases = self.desks[1].cases
        try:
            sightings = read_sightings(cases.vault, self.case_id).values()
            consent = read_consent(cases.vault, self.case_id)
        except MissingError:  # closing: the key went, the register follows
            assert cases.store.read_case(self.case_id).state is CaseState.CLOSING
            return
        described = sum(sighting.views_described for sighting in sightings)
        assert described <= cases.store.read_views(self.case_id) <= BUDGET
        if consent is None or consent.status is not ConsentStatus.GIVEN:
            assert not [one for one in sightings if one.face_similarity is not None]


def _race(database: str | None, examples: int) -> None:
    machine = type("Machine", (RacingPeople,), {"database": database})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    chosen = settings(max_examples=examples, stateful_step_count=6, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=settings(chosen, derandomize=True, database=None))


def test_on_a_file() -> None:
    """Over SQLite and files."""
    _race(None, 15)


def test_on_a_server(postgres: PostgresServer) -> None:
    """Over PostgreSQL and files."""
    _race(postgres.address, 10)


@pytest.mark.parametrize("second", [2, 5])
def test_a_forbidden_state_would_be_seen(monkeypatch: pytest.MonkeyPatch, second: int) -> None:
    """Were grants kept when a case is suspended, looking would find it: an empty result means something."""
    monkeypatch.setattr("casetrail.adapters.case_store.rows.GRANTABLE", frozenset(CaseState))
    machine = RacingPeople()
    machine.open_the_case()
    machine.two_at_once(first=6, second=second)
    with pytest.raises(AssertionError):
        machine.nothing_forbidden_is_stored()
    machine.teardown()
