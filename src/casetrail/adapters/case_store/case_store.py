"""CaseStore in SQL: pseudonyms, states, dates and who granted what, nothing that describes a case or a person."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from casetrail.adapters.case_store.database import Database
from casetrail.adapters.case_store.rows import (
    ORDERS,
    check_state,
    find_case,
    find_latest_grant,
    find_request,
    get_case,
    get_grantable,
    make_grant,
    make_order,
    make_request,
    order_values,
    put_due,
    put_state,
)
from casetrail.adapters.case_store.tables import CaseRow, GrantRow, HoldRow, OrderRow, RequestRow, ViewsRow
from casetrail.governance.access import check_working
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.case_store import CaseEntry, Hold, Standing
from casetrail.governance.cases import CaseState, check_transition
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import Order
from casetrail.model.errors import MissingError, RefusedError, UsageError


class SqlCaseStore:
    """Cases in the database at `place`: a SQLite file, made when absent, or the address of a PostgreSQL database.

    Every change is recorded in `audit_log` first, inside the transaction that keeps other writers out.
    """

    def __init__(self, place: Path | str, audit_log: AuditLog) -> None:
        self._database, self._audit_log = Database(place), audit_log

    def add_case(self, entry: CaseEntry, *, audit: AuditEvent) -> None:
        """Add a case. Raises UsageError when the id is taken."""
        with self._database.writing() as connection:
            if find_case(connection, entry.case_id) is not None:
                raise UsageError("there is a case with this id already", where=f"case {entry.case_id}")
            self._audit_log.record(audit)
            row = {"case_id": entry.case_id, "state": entry.state.value, "due_us": entry.due_us}
            connection.execute(insert(CaseRow).values(row))

    def read_case(self, case_id: str) -> CaseEntry:
        """One case. Raises MissingError when there is none."""
        with self._database.reading() as connection:
            return get_case(connection, case_id)

    def read_standing(self, case_id: str) -> Standing:
        """A case with its latest grant and every order, over one connection."""
        with self._database.reading() as connection:
            entry = get_case(connection, case_id)
            orders = [make_order(row) for row in connection.execute(ORDERS)]
            grant = find_latest_grant(connection, case_id)
            request = None if grant is None else find_request(connection, grant.request_id)
        return Standing(entry, tuple(sorted(orders, key=lambda order: order.order_id)), grant, request)

    def read_cases(self) -> tuple[CaseEntry, ...]:
        """Every case, by id."""
        with self._database.reading() as connection:
            rows = connection.execute(select(CaseRow.case_id, CaseRow.state, CaseRow.due_us))
            entries = [CaseEntry(row.case_id, CaseState(row.state), row.due_us) for row in rows]
        return tuple(sorted(entries, key=lambda entry: entry.case_id))

    def change_state(self, case_id: str, before: CaseState, after: CaseState, *, audit: AuditEvent) -> CaseEntry:
        """Move a case from `before` to `after`; RefusedError when it is elsewhere or may not go there."""
        with self._database.writing() as connection:
            entry = get_case(connection, case_id)
            check_state(entry, before)
            check_transition(case_id, before, after)
            self._audit_log.record(audit)
            return put_state(connection, entry, after)

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased, and compact the database so that no removed row stays readable."""
        with self._database.writing() as connection:
            check_state(get_case(connection, case_id), CaseState.CLOSING)
            self._audit_log.record(audit)
            for table in (GrantRow, RequestRow, ViewsRow):
                connection.execute(delete(table).where(table.case_id == case_id))
        self._database.compact()
        with self._database.writing() as connection:
            entry = get_case(connection, case_id)
            return entry if entry.state is CaseState.ERASED else put_state(connection, entry, CaseState.ERASED)

    def add_order(self, order: Order, *, audit: AuditEvent) -> None:
        """Keep an order. Raises UsageError when one of this id is there."""
        with self._database.writing() as connection:
            if connection.execute(select(OrderRow.order_id).where(OrderRow.order_id == order.order_id)).first():
                raise UsageError("there is an order with this id already", where=f"order {order.order_id}")
            self._audit_log.record(audit)
            connection.execute(insert(OrderRow).values(order_values(order)))

    def read_orders(self) -> tuple[Order, ...]:
        """Every order, by id. Raises IntegrityError when one could not have been given so."""
        orders = [make_order(row) for row in self._rows(OrderRow, OrderRow.order_id)]
        return tuple(sorted(orders, key=lambda order: order.order_id))

    def add_request(self, entry: RequestEntry, *, audit: AuditEvent) -> None:
        """Put a request down, unless its id is taken or the case can be granted nothing."""
        with self._database.writing() as connection:
            get_grantable(connection, entry.case_id)
            if find_request(connection, entry.request_id) is not None:
                raise UsageError("there is a request with this id already", where=f"request {entry.request_id}")
            self._audit_log.record(audit)
            connection.execute(insert(RequestRow).values(asdict(entry)))

    def read_requests(self, case_id: str) -> tuple[RequestEntry, ...]:
        """Requests of a case in the order they were added."""
        self.read_case(case_id)
        rows = self._rows(RequestRow, RequestRow.number)
        return tuple(make_request(row) for row in rows if row.case_id == case_id)

    def add_grant(self, entry: GrantEntry, *, audit: AuditEvent) -> CaseEntry:
        """Grant a request once, by somebody else than who asked; a draft becomes authorised in the same change."""
        with self._database.writing() as connection:
            case = get_grantable(connection, entry.case_id)
            _check_request(connection, entry)
            self._audit_log.record(audit)
            values = {name: value for name, value in asdict(entry).items() if name != "valid"}
            times = {"start_us": entry.valid.start_us, "end_us": entry.valid.end_us}
            connection.execute(insert(GrantRow).values({**values, **times}))
            return put_state(connection, case, CaseState.AUTHORISED) if case.state is CaseState.DRAFT else case

    def read_grants(self, case_id: str) -> tuple[GrantEntry, ...]:
        """Grants of a case in the order they were added."""
        self.read_case(case_id)
        return tuple(make_grant(row) for row in self._rows(GrantRow, GrantRow.number) if row.case_id == case_id)

    def change_due(self, case_id: str, due_us: int, *, audit: AuditEvent) -> CaseEntry:
        """Move the due date of a case earlier. Raises RefusedError for a later one, or for an erased case."""
        with self._database.writing() as connection:
            entry = get_case(connection, case_id)
            if due_us > entry.due_us or entry.state is CaseState.ERASED:
                raise RefusedError("a due date only moves earlier", where=f"case {case_id}")
            self._audit_log.record(audit)
            return put_due(connection, entry, due_us)

    def change_views(self, case_id: str, by: int, most: int, *, audit: AuditEvent) -> int:
        """Count views, within the budget and while somebody may work on the case."""
        with self._database.writing() as connection:
            entry, held = get_case(connection, case_id), _views(connection, case_id)
            after = max(0, (held or 0) + by)
            if by > 0:
                check_working(case_id, entry.state)
                _check_budget(case_id, by, after, most)
            self._audit_log.record(audit)
            change = insert(ViewsRow) if held is None else update(ViewsRow).where(ViewsRow.case_id == case_id)
            connection.execute(change.values(case_id=case_id, counted=after))
            return after

    def read_views(self, case_id: str) -> int:
        """How many views of a case are counted."""
        with self._database.reading() as connection:
            get_case(connection, case_id)
            return _views(connection, case_id) or 0

    def set_hold(self, hold: Hold, *, audit: AuditEvent) -> None:
        """Put a thing under legal hold. Raises UsageError when it is under one."""
        with self._database.writing() as connection:
            if connection.execute(select(HoldRow.thing).where(HoldRow.thing == hold.thing)).first():
                raise UsageError("this is under legal hold already", where=hold.thing)
            self._audit_log.record(audit)
            connection.execute(insert(HoldRow).values(asdict(hold)))

    def remove_hold(self, thing: str, *, audit: AuditEvent) -> None:
        """End a legal hold. Raises MissingError when there is none."""
        with self._database.writing() as connection:
            if not connection.execute(select(HoldRow.thing).where(HoldRow.thing == thing)).first():
                raise MissingError("there is no legal hold on this", where=thing)
            self._audit_log.record(audit)
            connection.execute(delete(HoldRow).where(HoldRow.thing == thing))

    def read_holds(self) -> tuple[Hold, ...]:
        """Every legal hold, by thing."""
        holds = [Hold(row.thing, row.basis, row.since_us, row.actor_id) for row in self._rows(HoldRow, HoldRow.thing)]
        return tuple(sorted(holds, key=lambda hold: hold.thing))

    def _rows(self, table: Any, by: Any) -> list[Any]:
        with self._database.reading() as connection:
            return list(connection.execute(select(table.__table__).order_by(by)))


def _check_request(connection: Connection, grant: GrantEntry) -> None:
    where = f"request {grant.request_id}"
    asked = find_request(connection, grant.request_id)
    if asked is None or asked.case_id != grant.case_id:
        raise MissingError("there is no such request", where=where)
    if asked.requester == grant.approver:
        raise RefusedError("granting needs another person than who asked", where=where)
    if connection.execute(select(GrantRow.grant_id).where(GrantRow.request_id == grant.request_id)).first():
        raise RefusedError("this request was granted before", where=where)
    if connection.execute(select(GrantRow.grant_id).where(GrantRow.grant_id == grant.grant_id)).first():
        raise UsageError("there is a grant with this id already", where=f"grant {grant.grant_id}")


def _views(connection: Connection, case_id: str) -> int | None:
    return connection.execute(select(ViewsRow.counted).where(ViewsRow.case_id == case_id)).scalar_one_or_none()


def _check_budget(case_id: str, by: int, after: int, most: int) -> None:
    if after > most:
        what = f"{by} more views after {after - by} would go beyond the {most} of the scope"
        raise RefusedError(what, where=f"case {case_id}", todo="ask for a larger budget of views")
