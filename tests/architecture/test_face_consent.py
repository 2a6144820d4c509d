"""No face is compared without the proof of live consent, and only `check_face_consent` makes that proof."""

import ast
import copy
import inspect
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.time import UtcInterval
from casetrail.sightings import faces

SOURCES = Path(__file__).parents[2] / "src" / "casetrail"
# These name a clothing embedder plainly `embedder`.
CLOTHING_CALLERS = {"app/check_models.py", "app/evaluate/describing.py", "app/evaluate/reid.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module but the test kit, whose suites try embedders with and without proofs on drawn faces."""
    for path in SOURCES.rglob("*.py"):
        if (where := str(path.relative_to(SOURCES))).split("/", maxsplit=1)[0] != "testing":
            yield where, ast.parse(path.read_text(encoding="utf-8"))


def _functions() -> Iterator[tuple[str, Function]]:
    for where, tree in _trees():
        yield from ((where, node) for node in ast.walk(tree) if isinstance(node, Function))


def _arguments(function: Function) -> dict[str, str]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return {each.arg: ast.unparse(each.annotation) if each.annotation else "" for each in every}


def _checked_names(function: Function) -> set[str]:
    """Names in a function that can hold nothing but a checked proof."""
    names = {name for name, kind in _arguments(function).items() if kind == "FaceConsent"}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _calls(node.value) == "check_face_consent":
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _calls(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _face_embeddings(function: Function) -> Iterator[ast.Call]:
    """Calls of `.embed` that pass a picture and faces, or consent: those of a FaceEmbedder, by shape or by type."""
    typed = {name for name, kind in _arguments(function).items() if "FaceEmbedder" in kind}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "embed":
            receiver = ast.unparse(node.func.value)
            by_name = receiver in typed or "face_embedder" in receiver
            if by_name or any(keyword.arg == "consent" for keyword in node.keywords):
                yield node


def test_every_face_embedding_passes_a_checked_proof() -> None:
    """Each call of a face embedder passes consent that is typed as the proof or comes from the check itself."""
    found, wrong = [], []
    for where, function in _functions():
        for call in _face_embeddings(function):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            found.append(f"{where}:{call.lineno}")
            if given.get("consent") not in _checked_names(function):
                wrong.append(f"{where}:{call.lineno}")
    assert wrong == []
    assert any(place.startswith("sightings/faces.py") for place in found), "the scan no longer sees the real calls"


def test_only_clothing_is_embedded_elsewhere() -> None:
    """Whatever else calls `.embed` gives crops and silhouettes: nothing embeds a face past the scan."""
    others = [
        (where, ast.unparse(node.func))
        for where, function in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and _calls(node) == "embed" and node not in set(_face_embeddings(function))
    ]
    assert [pair for pair in others if not pair[1].endswith(("clothing.embed", "embedder.embed"))] == []
    assert {where for where, call in others if call == "embedder.embed"} <= CLOTHING_CALLERS


def test_the_proof_is_made_in_one_place() -> None:
    """`FaceConsent` is called, and its maker named, in the consent module only."""
    wrong = []
    for where, tree in _trees():
        if where == "governance/consent.py":
            continue
        for node in ast.walk(tree):
            built = isinstance(node, ast.Call) and _calls(node) == "FaceConsent"
            reached = isinstance(node, ast.Attribute) and node.attr == "_maker"
            around = (
                isinstance(node, ast.Call)
                and "__new__" in ast.unparse(node.func)
                and "FaceConsent" in ast.unparse(node)
            )
            if built or reached or around:
                wrong.append(f"{where}:{node.lineno}")
    assert wrong == []


def test_the_proof_cannot_be_stored_or_copied() -> None:
    """A proof is for a moment: it can neither be written nor copied."""
    record = ConsentRecord("C-1", ConsentStatus.GIVEN, UtcInterval(0, 10), "I agree.", "en", "on paper", "Room 3")
    proof = check_face_consent(record, "C-1", 5)
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(proof)
    with pytest.raises(AttributeError):
        proof.case_id = "C-2"  # type: ignore[misc]


def test_every_function_that_compares_faces_asks_for_the_proof() -> None:
    """Each public function of the faces module has a first argument of the proof's type, without a default."""
    public = [
        each for name, each in vars(faces).items() if inspect.isfunction(each) and each.__module__ == faces.__name__
    ]
    public = [each for each in public if not each.__name__.startswith("_")]
    assert {each.__name__ for each in public} == {"build_reference", "compare_faces"}
    for function in public:
        first = next(iter(inspect.signature(function).parameters.values()))
        assert first.annotation is FaceConsent
        assert first.default is inspect.Parameter.empty


def test_what_is_asked_without_consent_cannot_compare() -> None:
    """Quality, pose, mask state and the worth of a number are read without the proof, and reach no face embedder."""
    for name in ("face_evidence", "face_geometry", "face_quality", "masks"):
        text = (SOURCES / "sightings" / f"{name}.py").read_text(encoding="utf-8")
        reached = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
        assert not reached & {"embed", "face_embedder"}, name
        assert "FaceEmbedder" not in text, name
