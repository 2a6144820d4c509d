"""The life of a case on the command line: what a newcomer types, what comes back, and the exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from casetrail.model.errors import CasetrailError
from casetrail.surfaces.cli.main import app

BASIS = ["--authority", "KDCA", "--document", "2026-17", "--document-date", "2026-03-01", "--articles", "IDCPA 76-2(1)"]
DATES = ["--disease", "measles", "--onset", "2026-03-02"]


class Installation:
    """Runs verbs on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str) -> Result:
        """The result of a verb; errors on purpose stay exceptions, as `main` sees them."""
        return CliRunner().invoke(app, [*words, "--data", str(self.data)])

    def read(self, *words: str) -> object:
        """The JSON of a verb that must succeed."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def exit_code(self, *words: str) -> int:
        """The exit code of a verb that fails, by its error."""
        error = self.run(*words).exception
        assert isinstance(error, CasetrailError), error
        assert "\n" not in str(error)
        return error.exit_code


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    """A fresh installation with an order in force."""
    here = Installation(tmp_path / "data")
    order = tmp_path / "order.json"
    words = ["order", "sign", str(order), "--keys", str(tmp_path / "authority"), "--id", "2026-7"]
    signed = CliRunner().invoke(app, [*words, "--disease", "measles", "--text", "IDCPA 18"])
    assert signed.exit_code == 0, signed.output
    assert here.run("order", "trust", str(tmp_path / "authority.pub")).exit_code == 0
    assert here.run("order", "import", str(order)).exit_code == 0
    return here


@pytest.fixture
def case_id(here: Installation) -> str:
    """An open case, by clothing and face."""
    case = here.read("case", "open", *DATES, *BASIS, "--face")
    assert isinstance(case, dict)
    return case["case_id"]


def test_open_and_show(here: Installation, case_id: str) -> None:
    """A case shows its legal basis, its infectious period from two days before onset, and its scope."""
    shown = here.read("case", "show", case_id)
    assert shown["state"] == "draft"  # type: ignore[index]
    assert shown["legal_basis"]["document"] == "2026-17"  # type: ignore[index]
    assert shown["infectious_period"].startswith("2026-02-27T15:00:00")  # type: ignore[index]
    assert shown["scope"]["method"] == "clothing and face"  # type: ignore[index]
    assert shown["consent"] == "not asked"  # type: ignore[index]
    text = here.run("case", "show", case_id)
    assert text.exit_code == 0
    assert "IDCPA 76-2(1)" in text.output
    listed = here.run("case", "list")
    assert case_id in listed.output


@pytest.mark.parametrize("absent", range(4))
def test_without_a_legal_basis_a_case_is_refused(here: Installation, absent: int) -> None:
    """Each part of the legal basis is needed: exit code 3."""
    parts = BASIS[: 2 * absent] + BASIS[2 * absent + 2 :]
    assert here.exit_code("case", "open", *DATES, *parts) == 3
    assert here.exit_code("case", "open") == 3
    assert here.read("case", "list") == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--disease", "measles"], 4),
        (["--disease", "measles", "--onset", "yesterday"], 4),
        (["--disease", "measles", "--period", "2026-03-02T00:00:00Z"], 4),
        (["--onset", "2026-03-02"], 4),
        ([*DATES, "--from", "2026-03-02"], 4),
        ([*DATES, "--from", "2026-01-02T00:00:00Z"], 3),
        ([*DATES, "--to", "2026-06-02T00:00:00Z"], 3),
        ([*DATES, "--views", "0"], 4),
    ],
)
def test_dates_that_cannot_be(here: Installation, words: list[str], code: int) -> None:
    """Dates that are missing or unreadable are bad input, a scope beyond them is refused."""
    assert here.exit_code("case", "open", *words, *BASIS) == code


def test_a_scope_of_its_own(here: Installation) -> None:
    """Cameras, hours, method and budget are what was asked for."""
    hours = ["--from", "2026-03-02T10:00:00+09:00", "--to", "2026-03-02T12:00:00+09:00"]
    case = here.read("case", "open", *DATES, *BASIS, *hours, "--camera", "B", "--camera", "A", "--views", "70")
    assert sorted(case["scope"]["cameras"]) == ["A", "B"]  # type: ignore[index]
    assert case["scope"]["views"] == 70  # type: ignore[index]
    interval = case["scope"]["interval"]  # type: ignore[index]
    assert interval["end_us"] - interval["start_us"] == 2 * 3_600_000_000


def test_consent_and_its_withdrawal(here: Installation, case_id: str, tmp_path: Path) -> None:
    """Consent is recorded with its text and can be withdrawn; incomplete consent is not taken."""
    text = tmp_path / "consent.txt"
    text.write_text("I agree.")
    words = ["case", "consent", case_id, "--status", "given", "--text", str(text), "--language", "ko"]
    whole = [*words, "--method", "on paper", "--valid-until", "2099-01-01T00:00:00Z", "--withdraw-at", "Room 3"]
    assert here.exit_code(*words) == 4
    assert here.exit_code(*words, "--valid-until", "2099-01-01T00:00:00Z") == 4
    assert here.exit_code(*whole, "--valid-until", "2001-01-01T00:00:00Z") == 4
    assert here.read(*whole) == {"status": "given", "similarities_erased": 0, "suspended": False}
    assert here.read("case", "show", case_id)["consent"] == "given"  # type: ignore[index]
    assert here.read("case", "consent", case_id, "--status", "withdrawn")["status"] == "withdrawn"  # type: ignore[index]
    assert here.read("case", "show", case_id)["consent"] == "withdrawn"  # type: ignore[index]


def test_evidence(here: Installation, case_id: str, tmp_path: Path) -> None:
    """A statement and a file are added; bad rows are told on stderr; a file of bad rows only is bad input."""
    words = ["--from", "2026-03-02T10:00:00+09:00", "--lat", "37.5", "--lon", "127", "--statement", "by the market"]
    assert here.read("case", "evidence", case_id, *words)["added"] == 1  # type: ignore[index]
    path = tmp_path / "evidence.csv"
    path.write_text("kind,start\ncard,2026-03-02T10:00:00Z\ncard,noon\n")
    result = here.run("case", "evidence", case_id, "--file", str(path))
    assert result.exit_code == 0
    assert "line 3: start" in result.stderr
    path.write_text("kind,start\ncard,noon\n")
    assert here.exit_code("case", "evidence", case_id, "--file", str(path)) == 4
    assert here.exit_code("case", "evidence", case_id, "--file", str(tmp_path / "none.csv")) == 5
    shown = here.read("case", "show", case_id)
    assert [item["kind"] for item in shown["evidence"]] == ["testimony", "card"]  # type: ignore[index]
    assert "market" not in json.dumps(shown)


def test_close_verify_and_log(here: Installation, case_id: str) -> None:
    """A closed case is gone, its receipt and its events stay, and the installation verifies."""
    assert here.run("audit", "verify").exit_code == 0
    receipt = here.read("case", "close", case_id)
    assert receipt["case_id"] == case_id  # type: ignore[index]
    assert here.exit_code("case", "show", case_id) == 3
    assert here.exit_code("erase", case_id) == 3
    events = here.read("audit", "show", "--case", case_id)
    assert events[-1]["event"]["act"] == "case.receipt"  # type: ignore[index]
    assert events[-1]["index"] == receipt["audit_index"]  # type: ignore[index]
    assert here.run("audit", "verify").exit_code == 0
    assert [entry["fault"] for entry in here.read("case", "list")] == ["erased"]  # type: ignore[union-attr]


def test_a_changed_log_is_an_integrity_failure(here: Installation, case_id: str) -> None:
    """A changed byte of the log makes `audit verify` end with exit code 6, and no act goes on."""
    log = here.data / "store" / "audit" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"case.open", b"case.opem"))
    assert here.exit_code("audit", "verify") == 6


def test_unknown_cases(here: Installation) -> None:
    """A case that is not there is missing for every verb."""
    for words in (
        ["show"],
        ["close"],
        ["consent", "--status", "refused"],
        ["evidence", "--from", "2026-03-02T10:00:00Z"],
    ):
        assert here.exit_code("case", words[0], "C-AAAA-2222", *words[1:]) == 5
