"""No use case acts past the gate, on a case or on what all cases share; none looks at a case past it.

Every public function of the app room that takes a gate, or ports that hold one at any depth, asks it in its own body.
What does not is listed by name, with the reason. A new use case that does neither fails, and so does a listed one
that asks. Events that are made anywhere but in a gate are listed too, so that no write without a gate gets one.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from casetrail.governance.acts import Act

APP = Path(__file__).parents[2] / "src" / "casetrail" / "app"
# What takes ports and asks for no act, and why.
INNER = {
    "trace_work.read_known": "reads for a use case that has passed",
    "trace_work.advance": "the work of a run or a review that has passed",
    "trace_work.read_cameras": "cameras only",
    "run_trace.start_tracing": "a step of a run or a review that has passed",
    "run_trace.store_trace": "a step of a run or a review that has passed",
    "review_trace.undo_answer": "calls answer_question",
    "review_trace.review_with": "calls propose and answer_question",
    "show_trace.build_findings": "a part of showing and reporting that have passed",
    "make_report.build_content": "a part of make_report",
    "evidence_ports.read_working_case": "a part of clips and pictures that have passed",
    "evidence_ports.find_place": "a part of clips and pictures that have passed",
    "make_preview.make_preview": "asks in _open",
    "make_preview.make_still": "asks in _open",
    "make_preview.open_previews": "each preview asks for itself",
    "face_references.find_live_consent": "reads whether consent holds, for work that has passed",
    "face_references.read_reference": "a part of opening that has passed",
    "face_references.read_faces_here": "a part of opening and comparing that have passed",
    "face_references.read_recordings": "recordings only",
    "open_presences.store_sightings": "a part of opening that has passed",
    "request_access.find_request": "the register's row, for work that asks",
    "consent.withdraw_consent": "calls record_consent",
    "consent.erase_face_similarities": "takes the event of an act that has passed; erasing is never refused",
    "suspend_case.suspend_where_order_ended": "calls suspend_case",
    "access_request.read_requests": "a part of answering and listing that have passed",
    "close_case.erase_case": "takes the event of a closing that has passed, or of a due date",
    "retention.find_due": "due dates only, for retention and for showing them, which asks",
    "retention.run_retention": "nobody asks: what is due goes",
    "pipeline.trace_a_case": "each of its steps asks",
    "pipeline.close_and_erase": "each of its steps asks",
    "city_search.open_city_gate": "a part of a session that has passed",
    "paced_case.trace_case": "runs a trace or a session, which ask",
    "review_trace.settle_case": "a step of a review that has passed",
    "trace_session.open_trace_session": "makes a session, which asks",
    "trace_session.SmallSession": "calls propose, answer_question and undo_answer",
    "open_presences.CaseOpener": "calls open_presences",
    "compare_faces.CaseFaceComparer": "calls compare_opened_faces",
    "verify.verify_installation": "a part of verify_for, which asks; shows nothing of a case",
    "find_contacts.read_definitions": "definitions only",
    "audit_checkpoint.publish_checkpoint": "a part of publishing, asking a witness and receipts, which have passed",
    "audit_checkpoint.check_checkpoint": "reads whether the log continues a text; shows nothing of it",
    "audit_checkpoint.check_continues": "a part of check_checkpoint",
    "audit_checkpoint.check_kept_checkpoints": "a part of verifying",
    "audit_findings.examine_witness": "how old the last word of a witness is, for the doctor",
    "audit_receipts.sign_receipt": "a part of closing that has passed",
    "audit_witness.check_witnessed": "what the gate itself asks",
    "audit_witness.last_countersigned_us": "a part of check_witnessed",
    "audit_witness.list_countersignatures": "witnesses and sizes of the log; nobody's act",
    "close_case.receipt_path": "the name of a file",
    "make_clip.check_clip": "asks in _check, as make_clip does again",
    "index_presence.plan_units": "takes the event of an indexing that has passed",
    "check_footage.check_footage": "reads whether recordings are whole; writes nothing, shows nobody",
    "verify.verify_checkpoint": "a part of verifying",
}
# Modules that make events themselves, and why; in all others an event comes from a gate, or is a part of one that did.
MAKERS = {
    "desk_gate": "the gate itself",
    "city_search": "a part of a session that has passed",
    "face_references": "a part of opening that has passed",
    "find_contacts": "a part of finding contacts, which has passed",
    "make_report": "the state after a report that has passed",
    "open_presences": "parts of an opening that has passed",
    "review_trace": "parts of a review that has passed",
    "run_trace": "parts of a run that has passed",
    "city_session": "parts of a session that has passed",
    "trace_work": "a part of a run that has passed",
    "retention": "nobody asks: what is due goes",
}
ACTS = {act.name for act in Act}


@cache
def _functions() -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """Public functions and classes of the app room that are given a gate or ports that hold one, by module and name."""
    found: dict[str, ast.FunctionDef | ast.ClassDef] = {}
    for path in sorted(APP.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                makers = [each for each in ast.walk(node) if getattr(each, "name", "") == "__init__"]
                taking = makers if isinstance(node, ast.ClassDef) else [node]
                if any(isinstance(each, ast.FunctionDef) and _takes_ports(each) for each in taking):
                    found[f"{path.stem}.{node.name}"] = node
    return found


def _takes_ports(function: ast.FunctionDef) -> bool:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(ast.unparse(each.annotation) in _ports() for each in every if each.annotation is not None)


@cache
def _ports() -> frozenset[str]:
    """The gate of acts without a case, and classes of the app room that hold a gate, at any depth or by inheritance."""
    fields = {
        node.name: {ast.unparse(each.annotation) for each in node.body if isinstance(each, ast.AnnAssign)}
        | {ast.unparse(each) for each in node.bases}
        for path in APP.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    found = {"CasePorts", "DeskGate"}
    while more := {name for name, kinds in fields.items() if kinds & found} - found:
        found |= more
    return frozenset(found)


def _asks(function: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether the gate is called somewhere in it."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in ("check", "permit", "check_opening")
        and ast.unparse(each.value).endswith("gate")
        for each in called
    )


@pytest.mark.parametrize("name", sorted(_functions()))
def test_every_use_case_asks_the_gate(name: str) -> None:
    """A use case with a gate among its ports asks the gate in its own body, or is listed with the reason why not."""
    asks = _asks(_functions()[name])
    assert asks is not (name in INNER), "ask the gate, or say in INNER why this is no act"


def test_nothing_is_excused_that_is_not_there() -> None:
    """Names in the list of exceptions exist or are gone from it."""
    assert sorted(set(INNER) - set(_functions()) - OPTIONAL) == []


OPTIONAL = {"trace_work.read_cameras", "find_contacts.read_definitions", "make_report.build_content"}


def test_every_act_is_asked_for_somewhere() -> None:
    """No act of the rule book is left that no code asks for."""
    text = "".join(path.read_text(encoding="utf-8") for path in APP.rglob("*.py"))
    assert [name for name in sorted(ACTS) if f"Act.{name}" not in text and name != "CASE_OPEN"] == []


def test_events_come_from_a_gate() -> None:
    """No other module of the app room makes an audit event, so a write without a gate has none to give."""
    found = {
        path.stem
        for path in APP.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "AuditEvent"
    }
    assert found == set(MAKERS)


def test_surfaces_read_no_case_past_the_use_cases() -> None:
    """Commands call use cases; they touch neither the vault nor the register themselves."""
    surfaces = APP.parent / "surfaces"
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(surfaces.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "casetrail.app.case_records"
    ]
    assert found == []
