"""Reading and writing single rows of the case database inside a transaction that somebody else holds."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from casetrail.adapters.case_store.tables import CaseRow, GrantRow, OrderRow, RequestRow
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import GRANTABLE, CaseState
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import AlertLevel, Order
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError
from casetrail.model.time import UtcInterval

# Built once: every act asks these, and building a statement takes longer than running it.
_CASE = select(CaseRow.case_id, CaseRow.state, CaseRow.due_us).where(CaseRow.case_id == bindparam("wanted"))
_REQUEST = select(RequestRow.__table__).where(RequestRow.request_id == bindparam("wanted"))
_GRANTS = select(GrantRow.__table__).where(GrantRow.case_id == bindparam("wanted"))
_LATEST_GRANT = _GRANTS.order_by(GrantRow.number.desc()).limit(1)
ORDERS = select(OrderRow.__table__)


def find_case(connection: Connection, case_id: str) -> CaseEntry | None:
    """A case, or None."""
    row = connection.execute(_CASE, {"wanted": case_id}).one_or_none()
    return None if row is None else CaseEntry(row.case_id, CaseState(row.state), row.due_us)


def get_case(connection: Connection, case_id: str) -> CaseEntry:
    """A case. Raises MissingError when there is none."""
    entry = find_case(connection, case_id)
    if entry is None:
        raise MissingError(
            "there is no such case", where=f"case {case_id}", todo="list them with `casetrail case list`"
        )
    return entry


def get_grantable(connection: Connection, case_id: str) -> CaseEntry:
    """A case in which something may be asked for and granted. Raises MissingError or RefusedError."""
    entry = get_case(connection, case_id)
    if entry.state not in GRANTABLE:
        raise RefusedError(f"nothing may be asked or granted while a case is {entry.state}", where=f"case {case_id}")
    return entry


def check_state(entry: CaseEntry, expected: CaseState) -> None:
    """Raises RefusedError unless the case is where it was expected to be."""
    if entry.state is not expected:
        what = f"the case is {entry.state}, not {expected}"
        raise RefusedError(what, where=f"case {entry.case_id}", todo="look at it again with `casetrail case show`")


def put_state(connection: Connection, entry: CaseEntry, after: CaseState) -> CaseEntry:
    """Write where a case stands; grants end where nothing can be granted."""
    connection.execute(update(CaseRow).where(CaseRow.case_id == entry.case_id).values(state=after.value))
    if after not in GRANTABLE:
        connection.execute(delete(GrantRow).where(GrantRow.case_id == entry.case_id))
    return CaseEntry(entry.case_id, after, entry.due_us)


def put_due(connection: Connection, entry: CaseEntry, due_us: int) -> CaseEntry:
    """Write when a case must be gone."""
    connection.execute(update(CaseRow).where(CaseRow.case_id == entry.case_id).values(due_us=due_us))
    return CaseEntry(entry.case_id, entry.state, due_us)


def find_request(connection: Connection, request_id: str) -> RequestEntry | None:
    """A request, or None."""
    row = connection.execute(_REQUEST, {"wanted": request_id}).one_or_none()
    return None if row is None else make_request(row)


def find_latest_grant(connection: Connection, case_id: str) -> GrantEntry | None:
    """The grant of a case that was added last, or None."""
    row = connection.execute(_LATEST_GRANT, {"wanted": case_id}).one_or_none()
    return None if row is None else make_grant(row)


def make_request(row: Any) -> RequestEntry:
    """The request of a row."""
    return RequestEntry(row.request_id, row.case_id, row.requester, row.asked_us, row.commitment)


def make_grant(row: Any) -> GrantEntry:
    """The grant of a row. Raises IntegrityError when it could never have been given."""
    try:
        valid = UtcInterval(row.start_us, row.end_us)
        return GrantEntry(row.grant_id, row.case_id, row.request_id, row.approver, valid)
    except BadInputError as error:
        raise _changed("grant", row.grant_id) from error


def make_order(row: Any) -> Order:
    """The order of a row. Raises IntegrityError when no authority could have given it."""
    try:
        valid, level = UtcInterval(row.start_us, row.end_us), AlertLevel(row.alert_level)
        return Order(row.order_id, row.disease, level, row.legal_text, valid, row.key_id, row.signature)
    except (BadInputError, ValueError) as error:
        raise _changed("order", row.order_id) from error


def order_values(order: Order) -> dict[str, object]:
    """The columns of an order."""
    return {
        "order_id": order.order_id,
        "disease": order.disease,
        "alert_level": order.alert_level.value,
        "legal_text": order.legal_text,
        "start_us": order.valid.start_us,
        "end_us": order.valid.end_us,
        "key_id": order.key_id,
        "signature": order.signature,
    }


def _changed(what: str, its_id: str) -> IntegrityError:
    return IntegrityError(f"a stored {what} was changed", where=f"{what} {its_id}", todo="restore it from a copy")
