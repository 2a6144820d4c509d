"""The annual report: counts from the audit log, never a person (IDCPA 76-3, to be confirmed by counsel)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from casetrail.app.case_ports import CasePorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, RecordedEvent
from casetrail.model.errors import UsageError
from casetrail.model.time import to_datetime

FEW = 5  # shares of so few say too much of each


@dataclass(frozen=True)
class AnnualStatistics:
    """What was done in a year (UTC), in numbers.

    `faces_mattered_share`: of the faces compared in cases closed in the year, how many changed the odds threefold or
    more; None where fewer than five were compared.
    """

    year: int
    cases_opened: int
    cases_granted: int
    cases_suspended: int
    cases_erased: int
    erased_without_notice: int
    orders_imported: int
    traces_run: int
    camera_hours_reached: float
    presences_described: int
    views_described: int
    questions_answered: int
    contacts_listed: int
    clips_made: int
    reports_made: int
    consents_given: int
    consents_refused: int
    consents_withdrawn: int
    faces_compared: int
    faces_mattered: int
    faces_mattered_share: float | None
    faces_shown: int
    others_shown: int
    requests_received: int
    requests_granted: int
    requests_refused: int
    requests_answered_late: int
    holds_set: int


def make_statistics(ports: CasePorts, year: int, actor: Actor) -> AnnualStatistics:
    """The numbers of one year. Raises UsageError for a year that cannot be meant."""
    if not 2000 <= year <= 9999:
        raise UsageError(f"{year} is no year to report on")
    ports.gate.permit(actor, Act.STATISTICS_MAKE)
    return count_year(ports.audit_log.read_events(), year)


def count_year(events: Iterable[RecordedEvent], year: int) -> AnnualStatistics:
    """The numbers of a year from the events of a log."""
    acts, sums = Counter[str](), Counter[str]()
    for recorded in events:
        if to_datetime(recorded.utc_us).year != year:
            continue
        event = recorded.event
        acts[event.act] += 1
        for name, count in event.counts.items():
            sums[f"{event.act} {name}"] += count  # type: ignore[assignment]
    compared, mattered = int(sums["case.close faces_compared"]), int(sums["case.close faces_mattered"])
    return AnnualStatistics(
        year=year,
        cases_opened=acts["case.open"],
        cases_granted=acts["case.approve"],
        cases_suspended=acts["case.suspend"],
        cases_erased=acts["case.receipt"],
        erased_without_notice=acts["case.receipt"] - int(sums["case.receipt notified"]),
        orders_imported=acts["order.import"],
        traces_run=acts["trace.run"],
        camera_hours_reached=round(sums["trace.gate camera_hours"], 1),
        presences_described=int(sums["presences.open presences"]),
        views_described=int(sums["presences.open views"]),
        questions_answered=int(sums["trace.answer answers"]),
        contacts_listed=int(sums["contacts.export contacts"]),
        clips_made=acts["evidence.clip"] + acts["evidence.show_face"] + acts["unmask.show"],
        reports_made=acts["report.make"],
        consents_given=acts["consent.given"],
        consents_refused=acts["consent.refused"],
        consents_withdrawn=acts["consent.withdrawn"],
        faces_compared=compared,
        faces_mattered=mattered,
        faces_mattered_share=round(mattered / compared, 3) if compared >= FEW else None,
        faces_shown=acts["evidence.show_face"],
        others_shown=acts["unmask.show"],
        requests_received=acts["subject.receive"],
        requests_granted=int(sums["subject.answer granted"]),
        requests_refused=int(sums["subject.answer refused"]),
        requests_answered_late=int(sums["subject.answer late"]),
        holds_set=acts["retention.hold"],
    )
