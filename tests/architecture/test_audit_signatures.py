"""No port can change anything without the event that is recorded first."""

import inspect

import pytest

from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import AuditEvent
from casetrail.governance.case_store import CaseStore
from casetrail.governance.orders import AuthorityKeys
from casetrail.governance.witness import WitnessKeys
from casetrail.presence.index import PresenceIndex
from casetrail.sightings.vault import CaseVault

CHANGES = ("add_", "put_", "write_", "create_", "change_", "erase_", "remove_", "set_")
READS = ("read_", "has_", "verify", "find_")
PORTS = (AuthorityKeys, Catalogue, CaseStore, PresenceIndex, CaseVault, WitnessKeys)
METHODS = [
    (port, name, method)
    for port in PORTS
    for name, method in inspect.getmembers(port, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize(("port", "name", "method"), METHODS, ids=[f"{p.__name__}.{n}" for p, n, _ in METHODS])
def test_whatever_changes_something_takes_its_event(port: type, name: str, method: object) -> None:
    """A method either reads, by its name, or takes `audit` by keyword without a default."""
    parameters = inspect.signature(method).parameters  # type: ignore[arg-type]
    if name.startswith(READS):
        assert "audit" not in parameters
        return
    assert name.startswith(CHANGES), f"{port.__name__}.{name} says neither that it reads nor that it changes"
    audit = parameters["audit"]
    assert audit.annotation is AuditEvent
    assert audit.kind is inspect.Parameter.KEYWORD_ONLY
    assert audit.default is inspect.Parameter.empty
