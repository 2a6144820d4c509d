"""Reading the audit log: who did what, for those who oversee it. Reading it is an act as well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casetrail.app.audit_ports import AuditPorts
from casetrail.app.desk_gate import counted
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, RecordedEvent


@dataclass(frozen=True)
class EventWish:
    """Which events: of one case, of one actor, of acts that begin so, and only so many of the newest (0: all)."""

    case_id: str | None = None
    actor_id: str | None = None
    begins: str = ""
    last: int = 0

    def takes(self, recorded: RecordedEvent) -> bool:
        """Whether an event is one of them, its place aside."""
        event = recorded.event
        return (self.actor_id is None or event.actor.actor_id == self.actor_id) and event.act.startswith(self.begins)


def show_events(ports: AuditPorts, wish: EventWish, actor: Actor) -> Sequence[RecordedEvent]:
    """The events wished for, oldest first; that they were shown is recorded after them, and under the case when named.

    A name that no event bears is not written into the log: it may be anything. Raises RefusedError, and
    IntegrityError at the first fault of the log.
    """
    event = ports.gate.check(actor, Act.AUDIT_SHOW)
    of_case = list(ports.log.read_events(wish.case_id))
    events = [each for each in of_case if wish.takes(each)]
    shown = events[-wish.last :] if wish.last > 0 else events
    ports.log.record(replace(counted(event, {"events": len(shown)}), case_id=wish.case_id if of_case else None))
    return shown
