"""A drawn report: everything that a real one holds, about nobody. Tests and the picture in the README use it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from itertools import pairwise

import numpy as np

from casetrail.contacts.contacts import Contact
from casetrail.contacts.definitions import ContactDefinition, read_definition
from casetrail.contacts.exposures import Distance, Exposure, Unmeasured, UnmeasuredReason
from casetrail.contacts.findings import find_verdict
from casetrail.evidence.report import AppliedDefinition, Language, ReportContent, ReportStep, Still, Watched
from casetrail.evidence.report_plan import Plan, Walked, build_plan
from casetrail.footage.cameras import Camera
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.model.arrays import Doubles, frozen
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane, project
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading, MaskState
from casetrail.testing.drawn_stills import draw_still
from casetrail.testing.staged_presences import stage_plane
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import Alternative, Gap, Opened, TraceStep, Verdict
from casetrail.trace.reconcile import Finding, Status

CASE_ID = "C-7K3F-M2QD"
START_US = parse_utc("2026-03-02T14:20:00+09:00")
SEOUL = timezone(timedelta(hours=9))
_ORIGIN = LatLon(37.5034, 126.7660)
_PICTURE_WH = (800, 600)
_DOWN_FOCAL_PX = 900.0


@dataclass(frozen=True)
class _Stop:
    """A step as it is drawn: camera, seconds from the start, feet in metres of the camera's plane."""

    camera_id: str
    seconds: tuple[int, int]
    feet_m: tuple[tuple[float, float], ...]
    probability: float
    mask: MaskReading
    verdict: Verdict = Verdict.CONFIRMED


_WORN = MaskReading(MaskState.WORN, 0.93)
_BARE = MaskReading(MaskState.NONE, 0.88)
_BADLY = MaskReading(MaskState.BADLY, 0.71)
_STOPS = (
    _Stop("MARKET-EAST", (0, 74), ((4.5, 13), (2.0, 10.5), (-1.5, 9.6), (-4.6, 8.8)), 0.97, _WORN),
    _Stop("MARKET-SQUARE", (96, 1128), ((5.6, 13.5), (2.0, 12), (0.5, 10), (0.2, 9.6), (-2, 10.6)), 0.995, _BARE),
    _Stop("MARKET-WEST", (1161, 1252), ((4.6, 9), (1.0, 11), (-2.8, 13.8)), 0.94, MaskReading()),
    _Stop("STATION-GATE", (1390, 1428), (), 0.58, MaskReading(), Verdict.UNREVIEWED),
)
_CAMERAS = {  # metres east and north of the origin, heading, horizontal angle
    "MARKET-EAST": (26.0, -13.0, 342.0, 48.0),
    "MARKET-SQUARE": (9.0, -18.0, 350.0, 48.0),
    "MARKET-WEST": (-17.0, -11.0, 12.0, 48.0),
    "STATION-GATE": (-38.0, 11.0, 105.0, 62.0),
    "BUS-STOP": (38.0, 15.0, 240.0, 62.0),
}


def draw_report(language: Language = Language.ENGLISH, *, reviewed: bool = True, stills: bool = True) -> ReportContent:
    """The content of a report on a case that was never there. `reviewed` False leaves one sighting to be reviewed."""
    stops = _STOPS[:3] if reviewed else _STOPS
    steps = tuple(_step(number, stop, stills) for number, stop in enumerate(stops, start=1))
    cameras = _cameras()
    findings, definitions = _findings(steps), [read_definition(name) for name in ("who-2021-02", "kdca-2022-01")]
    return ReportContent(
        case=_case(CaseState.REVIEWED if reviewed else CaseState.TRACING),
        actor="investigator-3",
        written_us=_at(6200),
        due_us=_at(6200) + 21 * 86_400 * SECOND_US,
        language=language,
        zone=SEOUL,
        steps=steps,
        gaps=_gaps(steps),
        alternatives=(Alternative(tuple(s.step.presence_id for s in steps if s.number != 3), 46.0),),
        opened=Opened(5, 0.61, 143, 402),
        models=("person-detection-retail-0013", "person-reidentification-retail-0286", "mask-classifier"),
        plan=_plan(cameras, steps, stops, findings),
        watched=tuple(Watched(name, UtcInterval(_at(-240), _at(1800))) for name in _CAMERAS),
        findings=findings,
        definitions=tuple(_applied(each) for each in definitions),
        contacts=tuple(_contacts(definitions)),
    )


def _at(seconds: float) -> int:
    return START_US + round(seconds * SECOND_US)


def _case(state: CaseState) -> Case:
    day_us = 86_400 * SECOND_US
    period = UtcInterval(START_US - 2 * day_us, START_US + 3 * day_us)
    basis = LegalBasis("Drawn Province Health Bureau", "2026-0317", "2026-03-04", "IDCPA 18, 76-2(1)")
    scope = Scope(UtcInterval(_at(-3600), _at(7200)), views=5000)
    return Case(CASE_ID, state, "measles (a drawn case)", period, basis, scope, _at(3600))


def _cameras() -> list[Camera]:
    return [
        Camera(
            name,
            place=_ORIGIN.moved(east, north),
            heading_deg=heading,
            hfov_deg=angle,
            height_m=6.0,
            ground=_plane() if name.startswith("MARKET") else None,
        )
        for name, (east, north, heading, angle) in _CAMERAS.items()
    ]


def _plane() -> GroundPlane:
    return stage_plane(6.0, _DOWN_FOCAL_PX)


def _step(number: int, stop: _Stop, stills: bool) -> ReportStep:
    interval = UtcInterval(_at(stop.seconds[0]), _at(stop.seconds[1]))
    reviewer = "reviewer-2" if stop.verdict is Verdict.CONFIRMED else ""
    presence_id = f"drawn-{number}"
    step = TraceStep(presence_id, stop.camera_id, interval, stop.probability, stop.verdict, 0.4, stop.mask, reviewer)
    return ReportStep(number, step, "", Still(draw_still(number)) if stills else None)


def _gaps(steps: Sequence[ReportStep]) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            UtcInterval(before.step.interval.end_us, after.step.interval.start_us),
            before.step.camera_id,
            after.step.camera_id,
            (9.0, 16.0, 44.0),
        )
        for before, after in pairwise(steps)
    )


def _plan(
    cameras: Sequence[Camera], steps: Sequence[ReportStep], stops: Sequence[_Stop], findings: Sequence[Finding]
) -> Plan:
    walked = [
        Walked(each.number, stop.camera_id, _presence(each, stop) if stop.feet_m else None)
        for each, stop in zip(steps, stops, strict=True)
    ]
    named = [(n, f.anchor.place, f.anchor.radius_m) for n, f in enumerate(findings, 1) if f.anchor.place is not None]
    return build_plan(cameras, dict.fromkeys(_CAMERAS, _PICTURE_WH), walked, named)


def _presence(each: ReportStep, stop: _Stop) -> Presence:
    """The foot path as boxes in the picture, ten a second at most and two hundred in all."""
    count = min(200, (stop.seconds[1] - stop.seconds[0]) * 10)
    feet = project(_plane(), _smooth(stop.feet_m, count))
    xyxy = np.column_stack([feet[:, 0] - 19, feet[:, 1] - 100, feet[:, 0] + 19, feet[:, 1]]).astype(np.float32)
    utc_us = np.linspace(each.step.interval.start_us, each.step.interval.end_us, count).astype(np.int64)
    return Presence(
        each.step.presence_id,
        stop.camera_id,
        f"recording-{stop.camera_id}",
        frozen(np.arange(count, dtype=np.int64)),
        frozen(utc_us),
        frozen(xyxy),
        frozen(np.full(count, 0.9, np.float32)),
        frozen(np.zeros(count, bool)),
        None,
        (),
        "drawn",
    )


def _smooth(points: Sequence[tuple[float, float]], count: int) -> Doubles:
    """A walk through points whose corners are rounded."""
    way = np.linspace(0, len(points) - 1, count)
    line = np.column_stack([np.interp(way, np.arange(len(points)), np.array(points)[:, axis]) for axis in (0, 1)])
    kernel = np.hanning(2 * (count // 8) + 3)
    padded = np.pad(line, ((len(kernel) // 2, len(kernel) // 2), (0, 0)), mode="edge")
    return np.column_stack([np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)])


def _findings(steps: Sequence[ReportStep]) -> tuple[Finding, ...]:
    def anchor(
        kind: AnchorKind, seconds: tuple[int, int], at: tuple[float, float] | None, metres: float, ref: str, words: str
    ) -> Anchor:
        place = None if at is None else _ORIGIN.moved(*at)
        return Anchor(kind, UtcInterval(_at(seconds[0]), _at(seconds[1])), place, metres, 0.9, ref, words)

    second = steps[1].step.presence_id
    stall = anchor(AnchorKind.CARD, (310, 311), (7.5, -6.5), 4.0, "card-1", "")
    alone = anchor(
        AnchorKind.TESTIMONY,
        (240, 900),
        (31.0, 9.0),
        6.0,
        "interview-1",
        "I waited alone at the bus stop until my bus came.",
    )
    home = anchor(AnchorKind.TESTIMONY, (2400, 5400), None, 0.0, "interview-1", "Afterwards I went straight home.")
    return (
        Finding(stall, Status.SUPPORTED, 0.99, "", (second,)),
        Finding(alone, Status.CONTRADICTED, 0.97, "", (second,)),
        Finding(home, Status.NOT_OBSERVABLE, None, "it names no place"),
    )


def _applied(one: ContactDefinition) -> AppliedDefinition:
    return AppliedDefinition(one.name, one.sha256, one.title, one.date, one.source, one.distance_m)


def _contacts(definitions: Sequence[ContactDefinition]) -> list[Contact]:
    near = [
        ("K-01", (18, 47), Distance(1.4, 1.1, 1.8), (24, 19, 29), _WORN, _WORN, "reviewer-2"),
        ("K-02", (140, 1105), Distance(0.7, 0.5, 0.9), (951, 926, 960), _BARE, _BADLY, "reviewer-2"),
        ("K-03", (402, 1020), Distance(1.1, 0.8, 1.5), (540, 371, 612), _BARE, MaskReading(), "reviewer-2"),
        ("K-04", (1170, 1214), Distance(1.8, 1.3, 2.4), (31, 12, 44), MaskReading(), MaskReading(), ""),
    ]
    return [_contact(*each, definitions) for each in near]


def _contact(
    contact_id: str,
    seconds: tuple[int, int],
    closest: Distance,
    lasting: tuple[float, float, float],
    mask: MaskReading,
    other: MaskReading,
    reviewer: str,
    definitions: Sequence[ContactDefinition],
) -> Contact:
    camera = next(stop.camera_id for stop in _STOPS if stop.seconds[0] <= seconds[0] <= stop.seconds[1])
    interval, person = UtcInterval(_at(seconds[0]), _at(seconds[1])), f"drawn-{contact_id}"
    widest = Exposure(
        f"near-{contact_id}", "drawn-2", person, camera, interval, definitions[1].within_m, closest, *lasting,
        cannot_tell_share=0.04, index_mask=mask, other_mask=other, indoor=False,
    )  # fmt: skip
    narrow = replace(widest, within_m=definitions[0].within_m)
    near = [widest, narrow] if closest.median_m <= definitions[0].distance_m else [widest]
    hidden = Unmeasured(
        "drawn-2", person, camera, interval, definitions[1].within_m, 38.0, UnmeasuredReason.FOOT_HIDDEN
    )
    open_ = (hidden,) if contact_id == "K-03" else ()
    findings = tuple(find_verdict(one, near, open_) for one in definitions)
    return Contact(contact_id, (person,), (widest,), open_, findings, reviewer)
