"""Register of cases in the case database (SQLAlchemy; SQLite in write-ahead mode)."""

from casetrail.adapters.case_store.case_store import SqlCaseStore

__all__ = ["SqlCaseStore"]
