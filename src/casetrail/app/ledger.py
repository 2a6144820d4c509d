"""The ledger of personal video, in the columns that the standard guideline on personal video asks for.

It is read off the audit log, which is kept when a case is erased, so that nothing has to be kept twice and nobody can
write a line that was no act.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from casetrail.app.case_ports import CasePorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import PURPOSE, Actor, RecordedEvent
from casetrail.governance.retention import DAY_US, OUTPUT_DAYS
from casetrail.model.time import format_utc

FORMS = {
    "evidence.clip": ("clip", "use", "every head covered; copy on disk"),
    "evidence.show_face": ("clip", "use", "index case shown under consent; copy on disk"),
    "unmask.show": ("clip", "use", "one other person shown under a grant of two, who is to be told; copy on disk"),
    "subject.copy": ("clip", "provided to the data subject", "everybody else covered whole; copy on disk"),
    "evidence.look": ("still", "viewing", "every head covered; viewed on the premises"),
    "report.make": ("report", "use", "stills with everybody else covered whole; copy on disk"),
    "contacts.export": ("line list", "use", "no pictures; copy on disk"),
    "disclosure.make": ("list of places", "public disclosure", "no person; copy on disk"),
}
_ENDS = ("outputs.erase", "case.erase")
_BASIS = "IDCPA 76-2; document "


@dataclass(frozen=True)
class LedgerLine:
    """One use of personal video: what, by whom or for whom, why, under what, how long, how, and its destruction.

    `file`: the case's pseudonym and the event that made it; `basis` ends with the commitment to the document.
    """

    date: str
    file: str
    use: str
    recipient: str
    purpose: str
    basis: str
    kept_until: str
    form: str
    destroyed: str
    destroyer: str


def export_ledger(ports: CasePorts, actor: Actor) -> str:
    """The whole ledger as CSV, in the order of the log; itself an act."""
    ports.gate.permit(actor, Act.LEDGER_EXPORT)
    return format_ledger(read_ledger(ports.audit_log.read_events()))


def read_ledger(events: Iterable[RecordedEvent]) -> tuple[LedgerLine, ...]:
    """The lines of a ledger from the events of a log; a line whose case was erased says when and by whom."""
    made: list[RecordedEvent] = []
    ended: dict[str, RecordedEvent] = {}
    for recorded in events:
        if recorded.event.act in FORMS:
            made.append(recorded)
        elif recorded.event.act in _ENDS and recorded.event.case_id:
            ended[recorded.event.case_id] = recorded
    return tuple(_line(each, ended.get(each.event.case_id or "")) for each in made)


def format_ledger(lines: Iterable[LedgerLine]) -> str:
    """The ledger as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(LedgerLine)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in lines)
    return out.getvalue()


def _line(made: RecordedEvent, ended: RecordedEvent | None) -> LedgerLine:
    event = made.event
    kind, use, form = FORMS[event.act]
    viewed = event.act == "evidence.look"
    gone = ended if ended is not None and ended.index > made.index and not viewed else None
    return LedgerLine(
        date=format_utc(made.utc_us)[:10],
        file=f"{kind} of {event.case_id}, event {made.index}",
        use=use,
        recipient="data subject" if event.act == "subject.copy" else event.actor.actor_id,
        purpose=PURPOSE,
        basis=f"{_BASIS}{event.basis}" if event.basis else _BASIS.split(";", maxsplit=1)[0],
        kept_until="not kept" if viewed else format_utc(made.utc_us + OUTPUT_DAYS * DAY_US)[:10],
        form=form,
        destroyed="" if gone is None else format_utc(gone.utc_us)[:10],
        destroyer="" if gone is None else gone.event.actor.actor_id,
    )
