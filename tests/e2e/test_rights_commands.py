"""Rights and duties on the command line: notice, requests, statistics, ledger, holds, keys, and who may do what."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from casetrail.model.errors import CasetrailError
from casetrail.surfaces.cli.main import app

BASIS = ["--authority", "KDCA", "--document", "2026-17", "--document-date", "2026-03-01", "--articles", "IDCPA 76-2(1)"]
OFFICER = ["--as", "privacy_officer:officer"]


class Installation:
    """Runs verbs on one data folder."""

    def __init__(self, data: Path, case_id: str = "") -> None:
        self.data, self.case_id = data, case_id

    def run(self, *words: str) -> Result:
        """The result of a verb; errors on purpose stay exceptions, as `main` sees them."""
        return CliRunner().invoke(app, [*words, "--data", str(self.data)])

    def text(self, *words: str) -> str:
        """What a verb that must succeed prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def read(self, *words: str) -> object:
        """The JSON of a verb that must succeed."""
        return json.loads(self.text(*words, "--json"))

    def refused(self, *words: str) -> str:
        """The sentence of a verb that governance refuses, with exit code 3."""
        error = self.run(*words).exception
        assert isinstance(error, CasetrailError), error
        assert error.exit_code == 3, error
        return str(error)


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with an order in force and a granted case."""
    folder = tmp_path_factory.mktemp("granted")
    here = Installation(folder / "data")
    sign = ["order", "sign", str(folder / "order.json"), "--keys", str(folder / "authority"), "--id", "2026-7"]
    assert CliRunner().invoke(app, [*sign, "--disease", "measles", "--text", "IDCPA 18"]).exit_code == 0
    here.text("order", "trust", str(folder / "authority.pub"))
    here.text("order", "import", str(folder / "order.json"))
    case = here.read("case", "open", "--disease", "measles", "--onset", "2026-03-02", *BASIS)
    case_id = case["case_id"]  # type: ignore[index]
    here.text("case", "request", case_id, "--written-order", "WO-1")
    requests = here.read("case", "show", case_id)["requests"]  # type: ignore[index]
    here.text("case", "approve", case_id, requests[0]["request"], "--as", "supervisor:second")
    return Installation(here.data, case_id)


@pytest.fixture
def here(granted: Installation, tmp_path: Path) -> Installation:
    """A copy of that installation, to do with as a test likes."""
    shutil.copytree(granted.data, tmp_path / "data")
    return Installation(tmp_path / "data", granted.case_id)


def test_a_case_closes_after_its_notice(here: Installation) -> None:
    """Closing is refused with one sentence until the notice is on record; then it erases and names the receipt."""
    assert "not been notified" in here.refused("case", "close", here.case_id)
    korean, english = here.text("notice", here.case_id), here.text("notice", here.case_id, "--language", "en")
    assert "measles" in korean and "2026-17" in korean and "통지" in korean
    assert "Notice" in english and "ten days" in english
    assert "not been notified" in here.refused("erase", here.case_id)
    assert here.run("notice", here.case_id, "--sent").exception.exit_code == 4  # type: ignore[union-attr]
    recorded = here.read("notice", here.case_id, "--sent", "--means", "letter")
    assert recorded["means"] == "letter"  # type: ignore[index]
    receipt = here.read("case", "close", here.case_id)
    assert receipt["notified"] is True  # type: ignore[index]
    assert Path(receipt["path"]).exists()  # type: ignore[index]


def test_a_request_of_the_person(here: Installation) -> None:
    """A request has ten days, is answered once by the privacy officer, and an objection stops the work."""
    asked = here.read("subject", "receive", here.case_id, "--kind", "access", "--asks", "What do you hold?")
    assert asked["status"] == "open"  # type: ignore[index]
    answer = ["subject", "answer", here.case_id, asked["request_id"], "--status"]  # type: ignore[index]
    assert "privacy officer" in here.refused(*answer, "granted", "--as", "investigator:one")
    assert "reason" in here.refused(*answer, "refused", *OFFICER)
    assert here.read(*answer, "granted", *OFFICER)["status"] == "granted"  # type: ignore[index]
    assert "granted on" in here.refused(*answer, "granted", *OFFICER)
    here.read("subject", "receive", here.case_id, "--kind", "suspension")
    assert here.read("case", "show", here.case_id)["state"] == "suspended"  # type: ignore[index]
    listed = here.read("subject", "list")
    assert [each["status"] for each in listed] == ["open", "granted"]  # type: ignore[union-attr]
    log = (here.data / "store" / "audit" / "log.jsonl").read_text()
    assert "What do you hold" not in log


def test_statistics_are_counts(here: Installation) -> None:
    """The annual report counts what was done, and has no place for a person; an investigator may not make it."""
    year = here.read("audit", "show")[0]["utc_us"] // 31_556_952_000_000 + 1970  # type: ignore[index]
    found = here.read("statistics", str(year))
    assert (found["cases_opened"], found["cases_granted"], found["cases_erased"]) == (1, 1, 0)  # type: ignore[index]
    assert all(value is None or isinstance(value, int | float) for value in found.values())  # type: ignore[union-attr]
    assert here.case_id not in json.dumps(found)
    assert "not for the investigator" in here.refused("statistics", str(year), "--as", "investigator:one")


def test_the_ledger_is_a_table(here: Installation) -> None:
    """The ledger has the guideline's columns; nothing was shown yet, so it has no line."""
    rows = list(csv.reader(io.StringIO(here.text("ledger"))))
    assert rows == [
        ["date", "file", "use", "recipient", "purpose", "basis", "kept_until", "form", "destroyed", "destroyer"]
    ]


def test_due_dates_and_holds(here: Installation) -> None:
    """A case is listed with its due date; it moves earlier only; a hold keeps it, from the privacy officer only."""
    shown = here.read("retention", "show")
    assert [(each["kind"], each["name"]) for each in shown] == [("case", here.case_id)]  # type: ignore[union-attr]
    assert "earlier" in here.refused("retention", "move", here.case_id, "--due", "2999-01-01T00:00:00Z")
    thing = f"case {here.case_id}"
    assert "privacy officer" in here.refused(
        "retention", "hold", thing, "--basis", "court order", "--as", "supervisor:second"
    )
    here.text("retention", "hold", thing, "--basis", "court order 2026-7")
    here.text("retention", "move", here.case_id, "--due", "2026-03-02T00:00:00Z")
    assert here.read("retention", "run")["gone"] == []  # type: ignore[index]
    here.text("retention", "release", thing)
    assert here.read("retention", "run")["waiting"] == [thing]  # type: ignore[index]
    assert here.read("case", "show", here.case_id)["state"] == "closing"  # type: ignore[index]


def test_keys_are_exchanged_by_an_administrator(here: Installation) -> None:
    """After the exchange the case reads as before, and the old key opens nothing."""
    old = (here.data / "keys" / "kek").read_bytes()
    assert "administrator" in here.refused("keys", "rotate", "--as", "investigator:one")
    assert here.read("keys", "rotate") == {"cases": 1}
    assert here.read("case", "show", here.case_id)["disease"] == "measles"  # type: ignore[index]
    (here.data / "keys" / "kek").write_bytes(old)
    assert here.run("case", "show", here.case_id).exception.exit_code == 6  # type: ignore[union-attr]


def test_what_is_due_goes_with_any_command(here: Installation) -> None:
    """A file that was written out long ago is gone once any verb has run."""
    path = here.data / "output" / "C-GONE-GONE" / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"somebody")
    (here.data / "store" / "retention.last").unlink(missing_ok=True)
    here.text("case", "list")
    assert not path.exists()


def test_places_are_disclosed_after_a_trace_only(here: Installation, tmp_path: Path) -> None:
    """Without a case trace nothing is disclosed; a table with an address below the district is refused by its row."""
    places = tmp_path / "places.csv"
    places.write_text("camera_id,place,district\nA,Central Market,Jung-gu\n")
    assert here.run("disclosure", here.case_id, "--places", str(places)).exception.exit_code == 5  # type: ignore[union-attr]
    places.write_text("camera_id,place,district\nA,Central Market,Jung-gu 12-3\n")
    error = here.run("disclosure", here.case_id, "--places", str(places)).exception
    assert "row 2" in str(error)
