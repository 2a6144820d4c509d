"""The whole job, in the order in which it is done. Each step is one use case of this folder.

    order -> catalogue -> index -> case -> grant -> trace -> review -> contacts -> evidence -> verify -> close

Nothing starts without an outbreak order that an authority outside signed, and nothing is looked into before a second
person granted it. Data goes one way: recordings give presences, presences in a gate give sightings, sightings give
a case trace, a confirmed case trace gives contacts, and from these come a clip and a report. Nothing is described
before a case reaches it, and nothing enters the report as fact before a person confirmed it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from casetrail.app.add_cameras import add_cameras
from casetrail.app.add_footage import FootagePorts, add_footage, read_claims
from casetrail.app.approve_request import approve_request
from casetrail.app.calibrate_camera import calibrate_camera
from casetrail.app.case_evidence import add_evidence
from casetrail.app.case_ports import CasePorts
from casetrail.app.close_case import CasePlaces, Receipt, close_case
from casetrail.app.evidence_ports import EvidencePorts
from casetrail.app.find_contacts import CaseContacts, ContactPorts, find_contacts, read_definitions
from casetrail.app.index_presence import IndexPorts, IndexSummary, index_presence
from casetrail.app.make_clip import ClipWish, make_clip
from casetrail.app.make_preview import make_still
from casetrail.app.make_report import ReportPorts, make_report
from casetrail.app.notice import NoticeWish, record_notice
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.order_import import OrderPorts, import_order, read_public_key, trust_authority
from casetrail.app.request_access import RequestPorts, ScopeReach, request_access
from casetrail.app.review_trace import Proposal, review_with
from casetrail.app.run_trace import run_trace
from casetrail.app.trace_work import TracePorts
from casetrail.app.verify import Checked, check_whole, verify_for
from casetrail.app.write_line_list import write_line_list
from casetrail.governance.audit import Actor
from casetrail.governance.cases import Case
from casetrail.presence.index import PresenceIndex
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import Answer, CaseTrace, Question


@dataclass(frozen=True)
class Calibration:
    """A calibration file of one camera, and where that camera's picture begins in the calibrated one (pixels)."""

    camera_id: str
    file: Path
    corner_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class People:
    """Who acts in a job: nobody is on both sides of a pair. `administrator` trusts the authority's key."""

    investigator: Actor
    reviewer: Actor
    approver: Actor
    administrator: Actor


@dataclass(frozen=True)
class Job:
    """What a case needs from outside. `answer_for`: what the reviewer says, asked one question at a time.

    `order`: file of the signed outbreak order; `authority_key`: of the authority that signed it; `written_order`: the
    document that allows comparing clothing.
    """

    people: People
    authority_key: Path
    order: Path
    written_order: str
    cameras: Path
    recordings: Path
    calibrations: tuple[Calibration, ...]
    request: CaseRequest
    anchors: tuple[Anchor, ...]
    answer_for: Callable[[Question], Answer]
    definitions: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    """Everything the job works with, opened by the composition root; what belongs to one case is opened for it."""

    footage: FootagePorts
    index: IndexPorts
    presences: PresenceIndex
    cases: CasePorts
    orders: OrderPorts
    requests: RequestPorts
    places: CasePlaces
    open_trace: Callable[[str], TracePorts]
    open_contacts: Callable[[str], ContactPorts]
    evidence: EvidencePorts
    report: ReportPorts
    now_us: Callable[[], int]


@dataclass(frozen=True)
class Step:
    """A step that ended: its name, how long it took, and what it found, in sentences."""

    name: str
    seconds: float
    found: tuple[str, ...]


@dataclass
class Notes:
    """What steps say while they run; `on_step` hears of each as it ends."""

    on_step: Callable[[Step], None]
    lines: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step and pass on what it found."""
        start, self.lines = time.perf_counter(), []
        yield
        self.on_step(Step(name, time.perf_counter() - start, tuple(self.lines)))

    def say(self, sentence: str) -> None:
        """Add a sentence to the running step."""
        self.lines.append(sentence)


@dataclass(frozen=True)
class Outcome:
    """What came of the job."""

    case_id: str
    trace: CaseTrace
    contacts: CaseContacts
    evidence: tuple[Path, ...]


def trace_a_case(desk: Desk, job: Job, notes: Notes) -> Outcome:
    """Do the whole job for one case, from the order to evidence, and check what was stored."""
    actor = job.people.investigator
    with notes.step("order"):
        _take_order(desk, job, notes)
    with notes.step("catalogue"):
        _catalogue(desk, job, actor, notes)
    with notes.step("index"):
        _tell_index(index_presence(desk.index, actor), notes)
    with notes.step("case"):
        case = _open(desk, job, notes)
    with notes.step("grant"):
        _grant(desk, job, case, notes)
    with notes.step("trace"):
        _tell_trace(run_trace(desk.open_trace(case.case_id), case.case_id, actor), notes)
    with notes.step("review"):
        trace = _review(desk, case.case_id, job, notes)
    with notes.step("contacts"):
        contacts = _contacts(desk, case.case_id, job.definitions, actor, notes)
    with notes.step("evidence"):
        files = _write_evidence(desk, case.case_id, actor, notes)
    with notes.step("verify"):
        _tell_checks(verify_for(desk.cases, desk.presences, desk.places.proofs, actor).checked, notes)
    return Outcome(case.case_id, trace, contacts, files)


def close_and_erase(desk: Desk, case_id: str, actor: Actor, notes: Notes) -> Receipt:
    """Tell the person, then close the case: its key is destroyed, then its files; a signed receipt says so."""
    with notes.step("notice"):
        notice = record_notice(desk.cases, case_id, actor, NoticeWish(), "demonstration", desk.now_us())
        notes.say(f"the notice to the person is on record: {notice.means}, in {notice.language}")
    with notes.step("erase"):
        receipt = close_case(desk.cases, desk.places, case_id, actor, desk.now_us())
        notes.say(f"{receipt.records} records and {receipt.outputs} outputs of {case_id} are gone")
    return receipt


def _take_order(desk: Desk, job: Job, notes: Notes) -> None:
    key = read_public_key(job.authority_key)
    if key not in desk.orders.keys.read_keys():
        trust_authority(desk.orders, job.authority_key, job.people.administrator)
    order = import_order(desk.orders, job.order, job.people.approver, desk.now_us())
    notes.say(f"order {order.order_id} for {order.disease}, alert level {order.alert_level}, signed by {key.name}")


def _catalogue(desk: Desk, job: Job, actor: Actor, notes: Notes) -> None:
    cameras = add_cameras(job.cameras, desk.footage, actor)
    for calibration in job.calibrations:
        calibrate_camera(calibration.camera_id, calibration.file, desk.footage, actor, corner_px=calibration.corner_px)
    added = add_footage(read_claims(job.recordings, manifest=True), desk.footage, actor)
    added.check()
    notes.say(f"{cameras.listed} cameras, {len(job.calibrations)} of them calibrated")
    notes.say(f"{len(added.added) + added.known} recordings, left where they are; nothing was copied")
    for problem in (*cameras.problems, *added.problems):
        notes.say(f"not usable: {problem.where}: {problem.what}")


def _tell_index(done: IndexSummary, notes: Notes) -> None:
    notes.say(f"{done.segments_done} segments indexed, {done.segments_skipped} were there already")
    notes.say(f"{done.presences} presences in {done.frames} frames by {done.models}; nobody is described")
    for failure in done.failures:
        notes.say(f"not indexed: {failure.where}: {failure.what}")


def _open(desk: Desk, job: Job, notes: Notes) -> Case:
    actor = job.people.investigator
    case = open_case(desk.cases, job.request, actor, desk.now_us())
    add_evidence(desk.cases, case.case_id, job.anchors, actor)
    basis = case.legal_basis
    notes.say(f"case {case.case_id} under {basis.document} of {basis.authority} ({basis.articles})")
    for anchor in job.anchors:
        words = f": “{anchor.statement}”" if anchor.statement else ""
        notes.say(f"evidence {anchor.reference} ({anchor.kind}, reliability {anchor.reliability:.2f}){words}")
    return case


def _grant(desk: Desk, job: Job, case: Case, notes: Notes) -> None:
    """The investigator asks; somebody else sees how far it reaches, and grants it."""
    people, now_us = job.people, desk.now_us()
    asked = request_access(desk.requests, case.case_id, people.investigator, now_us, written_order=job.written_order)
    grant = approve_request(desk.cases, case.case_id, asked.entry.request_id, people.approver, now_us)
    notes.say(f"{grant.requester} asked for {_reach(asked.reach)}, by {case.scope.method}, {case.scope.views} views")
    notes.say(f"{grant.entry.approver} granted it for a day under {job.written_order}")


def _reach(reach: ScopeReach) -> str:
    people = "nobody counted yet" if reach.presences is None else f"about {reach.presences} presences"
    return f"{reach.cameras} cameras x {reach.camera_hours / max(reach.cameras, 1):.3f} h, {people}"


def _tell_trace(trace: CaseTrace, notes: Notes) -> None:
    opened = trace.opened
    notes.say(
        f"opened {opened.presences} presences on {opened.cameras} cameras: "
        f"{opened.views} views, {opened.camera_hours:.3f} camera-hours"
    )
    notes.say(f"described by {', '.join(trace.models)}")


def _review(desk: Desk, case_id: str, job: Job, notes: Notes) -> CaseTrace:
    def tell(question: Question, answer: Answer, _after: Proposal) -> None:
        like = "" if question.similarity is None else f", similarity {question.similarity:.2f}"
        notes.say(f"asked about {question.camera_id} at {_clock(question.interval.start_us)}{like}: {answer}")

    trace = review_with(desk.open_trace(case_id), case_id, job.people.reviewer, job.answer_for, tell)
    by = job.people.reviewer.actor_id
    notes.say(f"{len(trace.confirmed)} sightings confirmed by {by}, with {len(trace.gaps)} gaps that nobody saw")
    for step in trace.confirmed:
        times = f"{_clock(step.interval.start_us)} to {_clock(step.interval.end_us)}"
        notes.say(f"{step.camera_id} from {times}, probability {step.probability:.2f}, mask {step.mask.state}")
    return trace


def _contacts(desk: Desk, case_id: str, definitions: Sequence[str], actor: Actor, notes: Notes) -> CaseContacts:
    found = find_contacts(case_id, read_definitions(list(definitions)), desk.open_contacts(case_id), actor)
    near = [contact for contact in found.contacts if contact.exposures]
    notes.say(f"{len(near)} people came near, judged by {' and '.join(definitions)}")
    notes.say(f"{len(found.contacts) - len(near)} more were in the picture with feet hidden: no distance is claimed")
    for contact in near:
        for exposure in contact.exposures[:1]:
            away = exposure.closest
            notes.say(
                f"{contact.contact_id}: {away.median_m:.1f} m ({away.low_m:.1f} to {away.high_m:.1f}) at the closest, "
                f"{exposure.duration_s:.0f} s within {exposure.within_m:g} m, mask {exposure.other_mask.state}"
            )
    return found


def _write_evidence(desk: Desk, case_id: str, actor: Actor, notes: Notes) -> tuple[Path, ...]:
    folder = desk.places.output_dir / case_id
    clip = make_clip(desk.evidence, case_id, actor, folder / "clip.mp4", ClipWish())
    notes.say(
        f"clip: {clip.seconds:.1f} s of {len(clip.steps)} sightings, every head under the mosaic "
        f"({100 * clip.masked_area_share:.0f} % of the picture), no sound, no metadata"
    )
    report = make_report(
        desk.report,
        case_id,
        actor,
        stills=lambda step: make_still(desk.evidence, case_id, step, actor, whole_bodies=True),
    )
    notes.say("report: one page with the plan, the timeline, every sighting and every contact")
    lists = write_line_list(case_id, folder, desk.cases, actor)
    notes.say(f"line list: {' and '.join(path.name for path in lists)}, as outbreak tools read them")
    return report, clip.path, *lists


def _tell_checks(checked: tuple[Checked, ...], notes: Notes) -> None:
    check_whole(checked)
    notes.say("; ".join(f"{item.store}: {item.finding} ({item.things})" for item in checked))


def _clock(utc_us: int) -> str:
    seconds = utc_us // 100_000 / 10
    return f"{int(seconds // 3600 % 24):02d}:{int(seconds // 60 % 60):02d}:{seconds % 60:04.1f} UTC"
