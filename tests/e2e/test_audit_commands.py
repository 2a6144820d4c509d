"""`casetrail audit` as people use it: publishing, a witness on a machine of its own, showing who did what."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.app.settings import Settings
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.surfaces.cli import main as cli


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs a verb of `casetrail audit` and gives exit code, output and errors."""
    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path / "centre"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["casetrail", "audit", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def log(tmp_path: Path):
    """The log of the centre, with three acts of two people in it."""
    log = bootstrap.open_audit_log(Settings(data=tmp_path / "centre"))
    one, two = Actor("investigator-1", Role.INVESTIGATOR), Actor("supervisor-2", Role.SUPERVISOR)
    log.record(AuditEvent(one, "trace.run", "C-1", {"cameras": 3}, "ab" * 16, "cd" * 32))
    log.record(AuditEvent(two, "case.approve", "C-1", {}, "ab" * 16, "cd" * 32))
    log.record(AuditEvent(one, "trace.review", "C-2"))
    return log


def test_the_round_of_a_witness(run, log, tmp_path: Path) -> None:
    """A witness gives its key, countersigns what the centre sends, and the centre takes it in: all by files."""
    _, key, _ = run("witness", "key", "--folder", "witness")
    Path("witness.pub").write_text(key)
    code, said, _ = run("witness", "add", "witness.pub")
    assert code == 0
    assert "relying on casetrail-" in said
    assert run("witness", "request", "--out", "request", "--qr", "request.svg")[0] == 0
    assert Path("request.svg").stat().st_size > 1000
    assert run("checkpoint", "--out", "kept.note", "--verifier", "verifier")[0] == 0
    answered = run("witness", "countersign", "request", "--log-key", "verifier/log.pub", "--folder", "witness")
    Path("answer").write_text(answered[1])
    code, said, errors = run("witness", "receive", "answer")
    assert code == 0, errors
    assert "saw 5 events" in said
    listed = json.loads(run("witness", "list", "--json")[1])
    assert [each["size"] for each in listed["countersigned"]] == [5]
    assert run("verify", "--checkpoint", "kept.note")[0] == 0
    alone = [sys.executable, "-I", "-S", "verifier/verify_casetrail_log.py", "centre/store/audit"]
    options = ["--key", "verifier/log.pub", "--witness", "witness.pub", "--checkpoint", "kept.note"]
    done = subprocess.run([*alone, *options], capture_output=True, text=True, check=False, env={})
    assert done.returncode == 0, done.stdout
    assert "seen by casetrail-" in done.stdout


def test_every_step_prints_json(run, log) -> None:
    """Keys, requests and answers come as JSON, too, for whoever carries them by another program."""
    key = json.loads(run("witness", "key", "--folder", "witness", "--json")[1])["public_key"]
    added = json.loads(run("witness", "add", key, "--as", "privacy_officer:kim", "--json")[1])
    assert added["public_key"] == key
    request = json.loads(run("witness", "request", "--out", "request", "--json")[1])["text"]
    assert Path("request").read_text() == request
    log_key = json.loads(run("checkpoint", "--json")[1])["public_key"]
    told = run("witness", "countersign", "request", "--log-key", log_key, "--folder", "witness", "--json")
    Path("answer").write_text(json.loads(told[1])["text"])
    received = json.loads(run("witness", "receive", "answer", "--json")[1])
    assert [each["size"] for each in received] == [5]


def test_an_investigator_adds_no_witness(run, log) -> None:
    """Who may not add a witness is refused with exit code 3, and nobody is relied on."""
    key = run("witness", "key", "--folder", "witness")[1].strip()
    assert run("witness", "add", key, "--as", "investigator:kim")[0] == 3
    assert json.loads(run("witness", "list", "--json")[1])["witnesses"] == []


def test_an_answer_of_somebody_unknown(run, log) -> None:
    """An answer of a witness on whom nobody relies is refused in one line, and nothing is listed."""
    run("witness", "request", "--out", "request")
    run("checkpoint", "--verifier", "verifier")
    answered = run("witness", "countersign", "request", "--log-key", "verifier/log.pub", "--folder", "witness")
    Path("answer").write_text(answered[1])
    code, _, errors = run("witness", "receive", "answer")
    assert code == 4
    assert errors.count("\n") == 1
    assert "casetrail audit witness add" in errors
    assert json.loads(run("witness", "list", "--json")[1])["countersigned"] == []


@pytest.mark.parametrize(
    ("options", "acts"),
    [
        (("--case", "C-1"), ["trace.run", "case.approve"]),
        (("--actor", "investigator-1"), ["trace.run", "trace.review"]),
        (("--act", "trace."), ["trace.run", "trace.review"]),
        (("--act", "trace.", "--case", "C-2"), ["trace.review"]),
        (("--last", "1"), ["trace.review"]),
        (("--actor", "nobody"), []),
    ],
)
def test_show_tells_who_did_what(run, log, options: tuple[str, ...], acts: list[str]) -> None:
    """Events can be asked for by case, actor, act and number."""
    shown = json.loads(run("show", "--json", *options)[1])
    assert [each["event"]["act"] for each in shown] == acts


def test_show_names_the_paper(run, log) -> None:
    """The table names the document and the policy under which an act was done, by the start of their hashes."""
    said = run("show", "--case", "C-1")[1]
    assert "abababababab" in said
    assert "cdcdcdcdcdcd" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("verify", "--checkpoint", "absent"), 5),
        (("verify", "--key", "nonsense"), 4),
        (("witness", "add", "nonsense"), 4),
        (("witness", "receive", "absent"), 5),
        (("witness", "countersign", "absent", "--log-key", "nonsense", "--folder", "w"), 5),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, log, words: tuple[str, ...], code: int) -> None:
    """A file that is not there and a text that is no key end with their exit codes, in one line."""
    ended, _, errors = run(*words)
    assert ended == code, errors
    assert errors.count("\n") == 1
