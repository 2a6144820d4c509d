"""What casetrail will never do is absent from its code."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from casetrail import bootstrap
from casetrail.governance.case_store import CaseStore
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.models import ModelRole
from casetrail.presence.index import PresenceIndex
from casetrail.sightings import describers
from casetrail.sightings.vault import CaseVault
from casetrail.surfaces.cli.main import app

SOURCES = Path(__file__).parents[2] / "src" / "casetrail"

NETWORK = {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "websockets", "ssl"}
NETWORK |= {"telnetlib", "xmlrpc", "imaplib", "poplib", "urllib3", "websocket", "grpc", "zmq", "paho"}
MAY_DOWNLOAD = {"adapters/model_files", "adapters/sample_files"}  # asked for by name: `models pull`, `demo`

INFERRED = {"gender", "sex", "ethnic", "ethnicity", "race", "racial", "nationality", "religion", "emotion", "mood"}
INFERRED |= {"gait", "stature", "age", "ages", "male", "female", "disability", "pregnant"}
OF_THINGS = {("governance/witness.py", "age_us")}  # how old a countersignature is, not a person

LIVE = ("rtsp:", "rtmp:", "rtp:", "srt:", "mms:", "udp:", "/dev/video", "VideoCapture", "v4l2", "dshow", "avfoundation")
LIVE_ADDRESSES = (
    "rtsp://127.0.0.1:554/stream",
    "rtmp://127.0.0.1/live",
    "http://127.0.0.1:1/camera.mjpg",
    "https://127.0.0.1:1/camera.mp4",
    "udp://127.0.0.1:1234",
    "tcp://127.0.0.1:1",
    "pipe:0",
    "concat:/dev/video0",
    "subfile,,start,0,end,10,,:/dev/video0",
    "/dev/video0",
    "/dev/stdin",
    "/dev/zero",
)


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES.rglob("*.py"):
        yield str(path.relative_to(SOURCES)), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    """Every module that a tree imports, by its full name."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _named(tree: ast.Module) -> Iterator[str]:
    """Every name that the code gives or uses: of variables, functions, classes, arguments and attributes."""
    for node in ast.walk(tree):
        for field in ("id", "name", "attr", "arg"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


def test_only_the_two_downloads_touch_the_network() -> None:
    """No module but the model and the sample download can open a connection."""
    found = [
        name
        for name, tree in _trees()
        if {each.split(".")[0] for each in _imported(tree)} & NETWORK
        and not any(name.startswith(place) for place in MAY_DOWNLOAD)
    ]
    assert found == []


def test_nothing_is_inferred_about_a_person() -> None:
    """No name in the code speaks of sex, age, ethnicity, emotion, gait or stature."""
    found = {
        (where, name)
        for where, tree in _trees()
        for name in _named(tree)
        if {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)} & INFERRED
    }
    assert found - OF_THINGS == set()


def test_models_tell_nothing_about_a_person() -> None:
    """Models have six roles, none of which infers a trait; the results of describers hold no field for one."""
    roles = {"person_detector", "clothing_embedding", "silhouette", "face_detector", "mask_state", "face_embedding"}
    assert {role.value for role in ModelRole} == roles
    ports = {name for name, each in vars(describers).items() if getattr(each, "_is_protocol", False)}
    assert ports - {"Protocol"} == {
        "ClothingEmbedder",
        "SilhouetteSegmenter",
        "FaceDetector",
        "MaskClassifier",
        "FaceEmbedder",
    }


def test_no_live_source_stands_in_the_code() -> None:
    """No address of a live stream or a capture device stands in the code."""
    found = [
        (path.name, word) for path in SOURCES.rglob("*.py") for word in LIVE if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


@pytest.mark.parametrize("address", LIVE_ADDRESSES)
def test_a_live_source_is_refused(address: str) -> None:
    """The decoder opens files only: addresses, pipes and devices are refused before anything is read."""
    with pytest.raises((BadInputError, MissingError)):
        bootstrap.open_decoder().probe(address)


def _annotations(function: Callable[..., object]) -> dict[str, str]:
    return {name: str(parameter.annotation) for name, parameter in inspect.signature(function).parameters.items()}


@pytest.mark.parametrize("port", [CaseVault, CaseStore], ids=lambda each: each.__name__)
def test_ports_answer_for_one_case(port: type) -> None:
    """Whatever reads what describes a case takes the id of that one case; none takes several, or a pattern."""
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_"):
            continue
        cases = {key: kind for key, kind in _annotations(method).items() if "case" in key}
        assert set(cases) <= {"case_id"}, name
        assert all(kind in ("<class 'str'>", "str", "str | None") for kind in cases.values()), name
        if port is CaseVault and name.startswith("read_"):
            assert "case_id" in cases, f"{name} reads without saying of which case"


def test_nothing_takes_several_cases() -> None:
    """No function takes a collection of case ids, so nothing compares one case's people with another's."""
    kinds = re.compile(r"(Sequence|Iterable|Collection|list|tuple|set|frozenset|Mapping|dict)\b")
    found = [
        (where, node.name, each.arg)
        for where, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if "case_id" in each.arg and each.annotation and kinds.search(ast.unparse(each.annotation))
    ]
    assert found == []


def test_the_presence_index_cannot_be_asked_who() -> None:
    """The index is asked where and when: none of its methods takes a picture, a vector or a case."""
    for name, method in inspect.getmembers(PresenceIndex, inspect.isfunction):
        if name.startswith("_"):
            continue
        asked = {key: kind for key, kind in _annotations(method).items() if key not in ("self", "audit")}
        told = " ".join([*asked, *asked.values()]).lower().replace("casetrail", "")
        assert not re.search(r"embedding|image|picture|vector|similar|case|ndarray", told), name


def test_indexing_reaches_no_description() -> None:
    """Nothing that builds the index imports what describes people: new footage is never held against anybody.

    That is also why there is no watch over coming recordings: only a running trace of a case describes anybody.
    """
    reached, waiting = set[str](), ["casetrail.app.index_presence"]
    while waiting:
        name = waiting.pop()
        path = SOURCES.parent / (name.replace(".", "/") + ".py")
        if name in reached or not path.is_file():
            continue
        reached.add(name)
        waiting += [each for each in _imported(ast.parse(path.read_text("utf-8"))) if each.startswith("casetrail.")]
    assert len(reached) > 20, "the walk no longer follows the imports"
    rooms = {name.split(".")[1] for name in reached}
    assert not rooms & {"sightings", "trace", "contacts", "evidence"}


def _verbs(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    parts = getattr(command, "commands", None)
    if parts is None:
        parameters = getattr(command, "params", [])
        yield path, [name for parameter in parameters for name in (*parameter.opts, parameter.name or "")]
        return
    for name, part in parts.items():
        yield from _verbs(part, (*path, name))


def test_no_verb_searches_for_a_photo() -> None:
    """Outside of `evaluate`, which measures on data sets, no verb takes a picture, a face or a photo to look for."""
    verbs = dict(_verbs(typer.main.get_command(app)))
    asked = re.compile(r"photo|face|person|portrait|selfie|--image|--query|watch|live|stream|alert|subscribe")
    found = {
        (path, option)
        for path, options in verbs.items()
        if path[0] not in ("evaluate", "simulate")
        for option in options
        if asked.search(option)
    }
    assert found <= SHOWS_FACES
    assert [path for path in verbs if asked.search(" ".join(path))] == [("evaluate", "faces")]


# Verbs that say how much of a face is compared or shown, under consent; none takes one.
SHOWS_FACES = {
    (("case", "open"), "face"),
    (("case", "open"), "--face"),
    (("case", "request"), "face"),
    (("case", "request"), "--face"),
    (("evidence", "clip"), "show_face"),
    (("evidence", "clip"), "--show-face"),
}
