"""What stands on the page of a report, ready to be put into the template: text, never a decision."""

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from casetrail.adapters.html_report.contact_rows import ContactRow, contact_rows, other_contacts
from casetrail.adapters.html_report.plan_picture import draw_plan
from casetrail.adapters.html_report.small_pictures import draw_share
from casetrail.adapters.html_report.speech import Speech
from casetrail.adapters.html_report.step_rows import StepRow, step_rows
from casetrail.adapters.html_report.sureness import sureness_sentences
from casetrail.adapters.html_report.timeline_picture import draw_timelines
from casetrail.contacts.findings import FindingVerdict
from casetrail.evidence.report import AppliedDefinition, ReportContent
from casetrail.governance.cases import Method
from casetrail.model.time import SECOND_US
from casetrail.trace.reconcile import Finding, Status

CARRIED = "carried"


@dataclass(frozen=True)
class Tile:
    """A figure at the top and what it counts."""

    figure: str
    words: str


@dataclass(frozen=True)
class VerdictRow:
    """A definition and how many contacts it is met by, not met by, or cannot be told of: style, words."""

    name: str
    within: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StatementRow:
    """A statement or record, and what the footage says of it."""

    number: int
    kind: str
    reference: str
    when: str
    where: str
    words: str
    status: str
    status_words: str
    probability: str
    why: str


@dataclass(frozen=True)
class ModelRow:
    """A model, and whether it is one of lower accuracy."""

    name: str
    carried: bool


class Page:
    """Everything the template asks for."""

    def __init__(self, content: ReportContent) -> None:
        self.content = content
        self.say = Speech(content.language, content.zone)
        self.plan = draw_plan(content, self.say)
        self.timelines = draw_timelines(content, self.say)
        self.steps: list[StepRow] = step_rows(content, self.say)
        self.contacts: list[ContactRow] = contact_rows(content, self.say)
        self.other_contacts = other_contacts(content, self.say)

    @property
    def tiles(self) -> list[Tile]:
        """The four figures that say most."""
        content, say = self.content, self.say
        confirmed = content.confirmed
        whole = f"{len(confirmed)} / {len(content.steps)}" if len(confirmed) < len(content.steps) else len(confirmed)
        tiles = [
            Tile(str(whole), say.counted("tile_sightings", len(confirmed))),
            Tile(str(len({each.step.camera_id for each in confirmed})), say("tile_cameras")),
        ]
        if confirmed:
            seen, whole_s = _seen_s(content)
            tiles.append(Tile(say.duration(seen), say("tile_seen", whole=say.duration(whole_s))))
        if content.contacts is not None:
            tiles.append(
                Tile(str(_near(content)), say.counted("tile_contacts", _near(content), distance=self._widest()))
            )
        return tiles

    @property
    def lead(self) -> list[str]:
        """What was found, in sentences."""
        content, say = self.content, self.say
        sentences = [*self._lead_sightings()]
        if content.contacts is None:
            sentences.append(say("lead_not_searched"))
        elif not _near(content):
            sentences.append(say("lead_no_contacts"))
        else:
            sentences.append(say.counted("lead_contacts", _near(content), distance=self._widest()))
            open_ = sum(1 for each in content.contacts if each.exposures and not each.confirmed)
            sentences += [say.counted("lead_contacts_open", open_)] if open_ else []
        if content.findings:
            count = Counter(each.status for each in content.findings)
            found = {"supported": count[Status.SUPPORTED], "contradicted": count[Status.CONTRADICTED]}
            sentences.append(say("lead_findings", **found, open=count[Status.NOT_OBSERVABLE]))
        return sentences

    @property
    def verdicts(self) -> list[VerdictRow]:
        """How many contacts meet each definition."""
        return [self._verdicts(each) for each in self.content.definitions]

    @property
    def statements(self) -> list[StatementRow]:
        """Other evidence against the footage."""
        return [self._statement(number, each) for number, each in enumerate(self.content.findings, start=1)]

    @property
    def sureness(self) -> list[str]:
        """How sure the case trace is, and what else it could have been."""
        return sureness_sentences(self.content, self.say)

    @property
    def method(self) -> str:
        """How people were compared, as it happened and not only as it was allowed."""
        allowed = self.content.case.scope.method
        if allowed is Method.CLOTHING_AND_FACE and not self.content.face_compared:
            return self.say("consent_unused")
        return self.say(allowed.value)

    @property
    def doubts(self) -> list[str]:
        """What there is to doubt of the legal basis."""
        return [self.say.known(doubt) for doubt in self.content.doubts]

    @property
    def opened(self) -> list[Tile]:
        """What was looked into."""
        opened, say = self.content.opened, self.say
        hours = f"{opened.camera_hours:.2f}" if opened.camera_hours >= 0.1 else f"{opened.camera_hours:.4f}"
        views = f"{say('views')}, {say('of_views', n=f'{self.content.case.scope.views:,}')}"
        return [
            Tile(f"{opened.cameras:,}", say("tile_cameras")),
            Tile(hours, say("camera_hours")),
            Tile(f"{opened.presences:,}", say("presences")),
            Tile(f"{opened.views:,}", views),
        ]

    @property
    def scope_cameras(self) -> str:
        """Which cameras the scope names."""
        cameras = self.content.case.scope.cameras
        return ", ".join(sorted(cameras)) if cameras else self.say("all_cameras")

    @property
    def models(self) -> list[ModelRow]:
        """The models, those of lower accuracy marked."""
        return [ModelRow(name, CARRIED in name) for name in self.content.models]

    @property
    def notes(self) -> list[str]:
        """What could not be drawn."""
        unplaced = self.content.plan.unplaced
        notes = [self.say.known(note) for note in self.content.notes]
        if self.plan is None:
            return [*notes, self.say("no_plan")]
        return [*notes, self.say("unplaced", cameras=", ".join(unplaced))] if unplaced else notes

    @property
    def limits(self) -> list[str]:
        """What the report cannot say."""
        return [self.say(f"limit_{name}") for name in ("transmission", "unseen", "contacts", "mask")]

    def share_bar(self, row: StepRow) -> Markup:
        """The probability of a step as a bar."""
        return draw_share(row.probability, row.share, "" if row.confirmed else "proposed")

    def _lead_sightings(self) -> list[str]:
        content, say = self.content, self.say
        steps = [each.step for each in content.confirmed]
        proposed = len(content.steps) - len(steps)
        sentences = [say("lead_none", case=content.case.case_id)]
        if steps:
            cameras = len({step.camera_id for step in steps})
            start, end = steps[0].interval.start_us, max(step.interval.end_us for step in steps)
            shown = [f"{say.day(us)} {say.clock(us)}" for us in (start, end)]
            if say.day(start) == say.day(end):
                shown[1] = say.clock(end)
            words = {"cameras": say.counted("n_cameras", cameras), "start": shown[0], "end": shown[1]}
            sentences = [say.counted("lead_found", len(steps), case=content.case.case_id, **words)]
            seen, whole = _seen_s(content)
            if whole - seen >= 1:
                sentences.append(say("lead_unseen", unseen=say.duration(whole - seen)))
        return [*sentences, say.counted("lead_proposed", proposed)] if proposed else sentences

    def _verdicts(self, definition: AppliedDefinition) -> VerdictRow:
        found = [f for c in self.content.contacts or () for f in c.findings if f.definition_sha256 == definition.sha256]
        count = Counter(each.verdict for each in found)
        parts = tuple(
            (
                each.name.lower() if count[each] else "nobody",
                self.say("count_words", count=count[each], words=self.say(each.value)),
            )
            for each in FindingVerdict
        )
        within = "" if definition.distance_m is None else self.say("within", distance=f"{definition.distance_m:.3g} m")
        return VerdictRow(definition.name, within, parts)

    def _widest(self) -> str:
        """The largest distance that was asked for."""
        asked = [each.within_m for contact in self.content.contacts or () for each in contact.exposures]
        return f"{max(asked, default=0.0):.3g} m"

    def _statement(self, number: int, finding: Finding) -> StatementRow:
        say, anchor = self.say, finding.anchor
        metres = f"{anchor.radius_m:g} m"
        return StatementRow(
            number,
            say(anchor.kind.value),
            anchor.reference,
            say.period(anchor.interval),
            "" if anchor.place is None else say("within_of", distance=metres),
            anchor.statement,
            finding.status.name.lower(),
            say(finding.status.value),
            "" if finding.probability is None else say.share(finding.probability),
            self._why(finding),
        )

    def _why(self, finding: Finding) -> str:
        numbers = {each.step.presence_id: each.number for each in self.content.steps}
        steps = ", ".join(str(numbers[key]) for key in finding.presence_ids if key in numbers)
        if finding.status is Status.SUPPORTED:
            return self.say("why_supported", steps=steps)
        if finding.status is Status.CONTRADICTED:
            return self.say("why_elsewhere", steps=steps) if steps else self.say("why_unseen")
        return self.say.known(finding.why)


def _near(content: ReportContent) -> int:
    return sum(1 for contact in content.contacts or () if contact.exposures)


def _seen_s(content: ReportContent) -> tuple[float, float]:
    """Seconds in view of any camera, and from the first confirmed moment to the last."""
    intervals = sorted(each.step.interval for each in content.confirmed)
    seen, reached = 0, intervals[0].start_us
    for each in intervals:
        seen += max(0, each.end_us - max(each.start_us, reached))
        reached = max(reached, each.end_us)
    return seen / SECOND_US, (reached - intervals[0].start_us) / SECOND_US
