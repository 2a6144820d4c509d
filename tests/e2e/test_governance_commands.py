"""Order, legal basis, grant and consent on the command line: take one away, and exactly the right act fails."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.case_records import write_sightings
from casetrail.app.settings import Settings
from casetrail.governance.audit import AuditEvent, Role
from casetrail.model.errors import BadInputError, CasetrailError
from casetrail.surfaces.cli.main import app
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import open_small_office

BASIS = ["--authority", "KDCA", "--document", "2026-17", "--document-date", "2026-03-01", "--articles", "IDCPA 76-2(1)"]
DATES = ["--disease", "measles", "--onset", "2026-03-02"]
ME = f"local-{os.getuid()}"


class Office:
    """Runs verbs on one data folder, with an authority's key beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> Result:
        """The result of a verb; errors on purpose stay exceptions, as `main` sees them."""
        return CliRunner().invoke(app, [*words, "--data", str(self.folder / "data")])

    def read(self, *words: str):  # type: ignore[no-untyped-def]
        """The JSON of a verb that must succeed."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.exception
        return json.loads(result.stdout)

    def refusal(self, *words: str) -> str:
        """The one sentence of a verb that is refused with exit code 3."""
        error = self.run(*words).exception
        assert isinstance(error, CasetrailError), error
        assert error.exit_code == 3, error
        assert "\n" not in str(error)
        return str(error)

    def sign(self, order_id: str, *words: str, disease: str = "measles") -> Path:
        """A signed order on the authority's machine."""
        out = self.folder / f"{order_id}.json"
        sign = ["order", "sign", str(out), "--keys", str(self.folder / "authority"), "--id", order_id]
        result = CliRunner().invoke(app, [*sign, "--disease", disease, "--text", "IDCPA 18", *words])
        assert result.exit_code == 0, result.exception
        return out

    def bring_order(self) -> None:
        """Trust the authority, and import its order."""
        order = self.sign("2026-7")
        self.read("order", "trust", str(self.folder / "authority.pub"))
        self.read("order", "import", str(order))

    def open_case(self, *words: str) -> str:
        """A draft."""
        case_id: str = self.read("case", "open", *DATES, *BASIS, *words)["case_id"]
        return case_id

    def ask(self, case_id: str, *words: str) -> str:
        """A request."""
        request_id: str = self.read("case", "request", case_id, *words)["entry"]["request_id"]
        return request_id

    def grant(self, case_id: str, *words: str) -> None:
        """A request that the supervisor grants."""
        self.read("case", "approve", case_id, self.ask(case_id, *words), "--as", "supervisor:kim")

    def consent(self, case_id: str) -> list[str]:
        """The words that record consent."""
        text = self.folder / "consent.txt"
        text.write_text("I agree.")
        words = ["case", "consent", case_id, "--status", "given", "--text", str(text), "--language", "ko"]
        return [*words, "--method", "paper", "--valid-until", "2099-01-01T00:00:00Z", "--withdraw-at", "Room 3"]


@pytest.fixture
def bare(tmp_path: Path) -> Office:
    """An installation without an order."""
    return Office(tmp_path)


@pytest.fixture
def office(bare: Office) -> Office:
    """An installation with an order in force."""
    bare.bring_order()
    return bare


def test_without_an_order_no_case(bare: Office) -> None:
    """No order, one for another disease, one that nobody trusted signed, one that was edited: no case is opened."""
    assert "no outbreak order is in force" in bare.refusal("case", "open", *DATES, *BASIS)
    other = bare.sign("2026-9", disease="cholera")
    assert "no trusted authority" in bare.refusal("order", "import", str(other))
    bare.read("order", "trust", str(bare.folder / "authority.pub"))
    bare.read("order", "import", str(other))
    assert "no outbreak order is in force" in bare.refusal("case", "open", *DATES, *BASIS)
    edited = bare.folder / "edited.json"
    edited.write_text(other.read_text().replace("cholera", "measles"))
    assert "not as its authority signed it" in bare.refusal("order", "import", str(edited))
    ended = bare.sign("2026-8", "--from", "2026-01-01T00:00:00Z")
    assert "ended" in bare.refusal("order", "import", str(ended))
    assert [row["standing"] for row in bare.read("order", "list")] == ["in force"]


def test_an_order_holds_for_thirty_days(bare: Office) -> None:
    """A longer one cannot even be signed."""
    with pytest.raises(BadInputError, match="30 days"):
        raise _error(CliRunner().invoke(app, _sign_words(bare, "31")))
    assert CliRunner().invoke(app, _sign_words(bare, "30")).exit_code == 0


def _sign_words(office: Office, days: str) -> list[str]:
    words = ["order", "sign", str(office.folder / "long.json"), "--keys", str(office.folder / "authority")]
    return [*words, "--id", "2026-10", "--disease", "measles", "--text", "IDCPA 18", "--days", days]


def _error(result: Result) -> BaseException:
    assert result.exception is not None
    return result.exception


def test_without_a_grant_no_trace(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft is not traced; nor is a case whose grant went with its suspension."""
    case_id = office.open_case()
    _without_models(monkeypatch)
    assert "draft" in office.refusal("trace", "run", case_id)
    office.grant(case_id, "--written-order", "WO-1")
    assert office.read("case", "show", case_id)["state"] == "authorised"
    office.read("case", "suspend", case_id, "--cause", "objection")
    assert "suspended" in office.refusal("trace", "run", case_id)
    office.read("case", "resume", case_id, "--as", "supervisor:kim")
    assert "nobody granted" in office.refusal("trace", "run", case_id)


def test_a_refusal_waits_for_no_model(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gate refuses is refused before a model is opened, so it needs none."""
    for name in ("open_trace_ports", "open_evidence_ports", "open_describers"):
        monkeypatch.setattr(bootstrap, name, _no_models)
    case_id, other = office.open_case(), office.open_case()
    verbs = (["trace", "run"], ["trace", "review"], ["evidence", "clip"], ["evidence", "report"])
    for verb in verbs:
        assert "not for a case that is draft" in office.refusal(*verb, case_id)
    assert "not for the investigator" in office.refusal("subject", "copy", case_id, "--as", "investigator:kim")
    several = office.run("trace", "run", case_id, other)
    assert "2 of 2 cases could not go on" in str(several.exception)
    assert several.output.count("not for a case that is draft") == 2


def test_another_face_is_refused_in_one_sentence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking, granting, showing and listing are refused with exit code 3 whenever one of the two people is missing."""
    monkeypatch.setattr(bootstrap, "open_evidence_ports", _no_models)
    case_id = office.open_case()
    ask = ["unmask", "request", case_id, "--reason", "to recognise a contact", "--presence"]
    assert "draft" in office.refusal(*ask, "P-1")
    office.grant(case_id, "--written-order", "WO-1")
    presence_id = _open_presence(office, case_id)
    assert office.run(*ask, "P-1").exception.exit_code == 5  # type: ignore[union-attr]
    assert "not for the auditor" in office.refusal(*ask, presence_id, "--as", "auditor:cho")
    request_id = office.read(*ask, presence_id)["request_id"]
    show, approve = ["unmask", "clip", case_id, request_id], ["unmask", "approve", case_id, request_id]
    assert "nobody approved showing this face" in office.refusal(*show)
    assert "not for the supervisor" in office.refusal(*show, "--as", "supervisor:lee")
    assert office.run("unmask", "clip", case_id, "U-0").exception.exit_code == 5  # type: ignore[union-attr]
    assert "who asked cannot approve" in office.refusal(*approve, "--as", f"privacy_officer:{ME}")
    assert "not for the supervisor" in office.refusal(*approve, "--as", "supervisor:lee")
    assert office.read(*approve, "--as", "privacy_officer:lee")["approver"] == "lee"
    assert "granted already" in office.refusal(*approve, "--as", "privacy_officer:seo")
    assert "cannot be who asked or looks" in office.refusal(*show, "--as", "investigator:lee")
    for role in ("auditor", "administrator"):
        assert f"not for the {role}" in office.refusal("unmask", "list", case_id, "--as", f"{role}:park")
    assert [each["approver"] for each in office.read("unmask", "list", case_id)] == ["lee"]
    office.read("case", "suspend", case_id, "--cause", "objection")
    assert "suspended" in office.refusal(*show)
    assert "suspended" in office.refusal(*ask, presence_id)


def _open_presence(office: Office, case_id: str) -> str:
    """One presence that the case has opened, as a trace would have; its name."""
    city = open_small_office(CityPlan(side=2, people=3, hours=0.1, seed=1)).city
    ports = bootstrap.open_case_ports(Settings(data=office.folder / "data"))
    found = city.open_presences(city.presences[:1])
    write_sightings(ports.vault, case_id, found, audit=AuditEvent(local_actor(), "test", case_id))
    return found[0].presence_id


def _no_models(*_: object) -> None:
    pytest.fail("models were opened")


def _without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trace ports with the real case behind them, and the models and footage of a small city: no model is loaded."""
    city = open_small_office(CityPlan(side=2, people=3, hours=0.1, seed=1)).ports
    monkeypatch.setattr(
        bootstrap,
        "open_trace_ports",
        lambda settings, _case, _actor: replace(city, case=bootstrap.open_case_ports(settings)),
    )


def test_four_eyes(office: Office) -> None:
    """Who asked cannot approve under any role; an investigator cannot; a second person can, once."""
    case_id = office.open_case()
    request_id = office.ask(case_id, "--written-order", "WO-1")
    assert "who asked cannot approve" in office.refusal("case", "approve", case_id, request_id)
    assert "supervisor" in office.refusal("case", "approve", case_id, request_id, "--as", "investigator:kim")
    seen = office.read("case", "approve", case_id, request_id, "--look", "--as", "privacy_officer:lee")
    assert (seen["reach"]["cameras"], seen["reach"]["presences"]) == (0, None)
    office.read("case", "approve", case_id, request_id, "--as", "privacy_officer:lee")
    assert "granted before" in office.refusal("case", "approve", case_id, request_id, "--as", "supervisor:kim")
    assert "lee until" in office.read("case", "show", case_id)["granted"]


def test_clothing_needs_its_own_order(office: Office) -> None:
    """A request by clothing names a written order; one by clothing and face may rest on consent."""
    case_id = office.open_case()
    assert "written order" in office.refusal("case", "request", case_id)
    office.ask(case_id, "--method", "clothing-and-face")


def test_consent_withdrawn_without_another_basis_suspends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The face rests on consent: without it no trace, and when it is withdrawn the case is suspended."""
    case_id = office.open_case("--face")
    office.grant(case_id)
    _without_models(monkeypatch)
    assert "rests on consent" in office.refusal("trace", "run", case_id)
    office.read(*office.consent(case_id))
    assert office.read("case", "consent", case_id, "--status", "withdrawn")["suspended"] is True
    assert office.read("case", "show", case_id)["state"] == "suspended"


def test_a_guardian_consents_for_a_child(office: Office) -> None:
    """Under 14 a guardian is named; no age is asked for or kept."""
    case_id = office.open_case("--face")
    assert "guardian" in office.refusal(*office.consent(case_id), "--under-14")
    assert office.read(*office.consent(case_id), "--under-14", "--guardian", "their mother")["status"] == "given"


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.INVESTIGATOR,)])
def test_other_roles_open_no_case(office: Office, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """The role of the environment counts: only investigators open cases."""
    monkeypatch.setenv("CASETRAIL_ROLE", role.value)
    assert f"not for the {role.replace('_', ' ')}" in office.refusal("case", "open", *DATES, *BASIS)


def test_auditors_and_administrators_see_no_case(office: Office) -> None:
    """Neither a case nor the list of them."""
    case_id = office.open_case()
    for role in ("auditor", "administrator"):
        assert role in office.refusal("case", "show", case_id, "--as", f"{role}:park")
        assert role in office.refusal("case", "list", "--as", f"{role}:park")


def test_a_narrower_policy_counts(office: Office) -> None:
    """An installation's own text takes acts away, and its hash stands in the log."""
    case_id = office.open_case()
    (office.folder / "data" / "policy.cedar").write_text(
        'permit (principal, action, resource); forbid (principal, action == Action::"evidence.add", resource);'
    )
    words = ["case", "evidence", case_id, "--from", "2026-03-02T10:00:00+09:00", "--lat", "37.5", "--lon", "127"]
    assert "policy" in office.refusal(*words)
    hashes = [event["event"]["policy"] for event in office.read("audit", "show") if event["event"]["policy"]]
    office.read("case", "show", case_id)
    assert office.read("audit", "show")[-1]["event"]["policy"] not in hashes


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("cameras.import", ["cameras", "import", "cameras.csv"]),
        ("cameras.streets", ["cameras", "streets", "streets.geojson"]),
        ("cameras.calibrate", ["cameras", "calibrate", "CAM01", "plane.xml"]),
        ("footage.add", ["footage", "add", "--manifest", "footage.csv"]),
        ("presence.merge", ["index", "--compact"]),
        ("order.trust", ["order", "trust", "authority.pub"]),
        ("order.list", ["order", "list"]),
        ("keys.rotate", ["keys", "rotate", "--as", "administrator:seo"]),
        ("audit.checkpoint", ["audit", "checkpoint"]),
        ("witness.request", ["audit", "witness", "request"]),
    ],
)
def test_a_narrower_policy_counts_without_a_case(
    bare: Office, act: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an installation's own text forbids ends with exit code 3 where no case is concerned, too."""
    monkeypatch.chdir(bare.folder)
    (bare.folder / "footage.csv").write_text("path,camera_id,start\n")
    (bare.folder / "data").mkdir()
    (bare.folder / "data" / "policy.cedar").write_text(
        f'permit (principal, action, resource); forbid (principal, action == Action::"{act}", resource);'
    )
    assert bare.refusal(*words) == f"{act}: the policy of this installation does not permit it"


def test_a_role_that_does_not_keep_cameras(bare: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a role that the rule book leaves out, whatever the text says."""
    monkeypatch.setenv("CASETRAIL_ROLE", "auditor")
    assert "not for the auditor" in bare.refusal("cameras", "import", "cameras.csv")


@pytest.mark.parametrize("role", ["investigator", "administrator"])
def test_the_log_is_read_by_those_who_oversee(office: Office, role: str) -> None:
    """Others are refused, and whoever reads about a case stands in its log; anybody may verify."""
    case_id = office.open_case()
    assert f"audit show is not for the {role}" in office.refusal("audit", "show", "--as", f"{role}:kim")
    office.read("audit", "verify", "--as", f"{role}:kim")
    office.read("audit", "show", "--case", case_id, "--as", "supervisor:lee")
    last = office.read("audit", "show", "--case", case_id)[-1]["event"]
    assert (last["act"], last["actor"]["actor_id"]) == ("audit.show", "lee")
    assert office.read("audit", "show", "--act", "audit.verify")[-1]["event"]["actor"]["actor_id"] == "kim"


def test_who_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name and role come from the environment or from ROLE:NAME; what is neither is bad input."""
    monkeypatch.delenv("CASETRAIL_ACTOR", raising=False)
    monkeypatch.delenv("CASETRAIL_ROLE", raising=False)
    assert (local_actor().actor_id, local_actor().role) == (ME, Role.INVESTIGATOR)
    assert local_actor(Role.SUPERVISOR).role is Role.SUPERVISOR
    monkeypatch.setenv("CASETRAIL_ACTOR", "han")
    monkeypatch.setenv("CASETRAIL_ROLE", "privacy-officer")
    assert (local_actor().actor_id, local_actor().role) == ("han", Role.PRIVACY_OFFICER)
    assert local_actor(given="auditor:cho").actor_id == "cho"
    for wrong in ("cho", "king:cho", "auditor:", "auditor:../x"):
        with pytest.raises(BadInputError):
            local_actor(given=wrong)


def test_every_event_names_the_policy(office: Office) -> None:
    """Also events of steps, of the catalogue, and of what concerns no case."""
    case_id = office.open_case()
    office.grant(case_id, "--written-order", "WO-1")
    events = [event["event"] for event in office.read("audit", "show")]
    assert len(events) > 5
    assert {len(event["policy"]) for event in events} == {64}


def test_without_the_authority_only_the_way_out_is_left(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the authority's key away: what rests on an order is refused, and a case can be shown, notified, closed."""
    case_id = office.open_case()
    office.grant(case_id, "--written-order", "WO-1")
    _without_models(monkeypatch)
    for key in (office.folder / "data" / "keys" / "authorities").iterdir():
        key.unlink()
    statement = ["--from", "2026-03-02T10:00:00+09:00", "--lat", "37.5", "--lon", "127"]
    for words in (
        ["case", "open", *DATES, *BASIS],
        ["case", "request", case_id, "--written-order", "WO-2"],
        ["case", "evidence", case_id, *statement],
        ["trace", "run", case_id],
        ["contacts", case_id, "--definition", "who-2021-02"],
        office.consent(case_id),
    ):
        assert "no outbreak order is in force" in office.refusal(*words)
    office.read("case", "show", case_id)
    office.read("case", "suspend", case_id, "--cause", "order ended")
    assert office.run("notice", case_id, "--sent", "--means", "letter", "--address", "Room 3").exit_code == 0
    assert office.read("case", "close", case_id)["case_id"] == case_id


def test_a_witness_that_never_saw_the_log_stops_new_traces(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment that a witness is relied on its word is needed for a trace, and for nothing else."""
    case_id = office.open_case()
    office.grant(case_id, "--written-order", "WO-1")
    _without_models(monkeypatch)
    shown = CliRunner().invoke(app, ["audit", "witness", "key", "--folder", str(office.folder / "witness"), "--json"])
    key = json.loads(shown.stdout)["public_key"]
    office.read("audit", "witness", "add", key, "--as", "privacy_officer:lee")
    assert "no witness has countersigned" in office.refusal("trace", "run", case_id)
    office.read("case", "show", case_id)
    office.ask(case_id, "--written-order", "WO-2")
