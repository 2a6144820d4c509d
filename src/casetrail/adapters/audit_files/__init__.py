"""Audit log in an append-only file of JSON lines with a head file beside it."""

from casetrail.adapters.audit_files.audit_log import AuditFiles

__all__ = ["AuditFiles"]
