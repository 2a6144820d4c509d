"""The Policy contract on Cedar and the fake, and what the shipped Cedar text says."""

from itertools import product
from pathlib import Path

import pytest

from casetrail.adapters.cedar_policy import CedarPolicy, read_policy
from casetrail.governance.acts import RULES, Act, Need
from casetrail.governance.audit import Actor, Role
from casetrail.governance.policy import Policy
from casetrail.model.errors import BadInputError
from casetrail.testing.contracts.policy import ACTOR, CONTEXT, PolicyContract
from casetrail.testing.fake_policy import FakePolicy

NOTHING = "forbid (principal, action, resource);"
EVERYTHING = "permit (principal, action, resource);"
NO_FILE = Path("no-such-folder") / "policy.cedar"
FACTS = {Need.ORDER: "order", Need.BASIS: "basis", Need.GRANT: "grant", Need.CONSENT: "consent"}


class TestCedarPolicy(PolicyContract):
    """The shipped text, and one that permits nothing."""

    @pytest.fixture
    def policy(self) -> Policy:
        return read_policy(NO_FILE)

    @pytest.fixture
    def closed(self) -> Policy:
        return CedarPolicy(NOTHING)


class TestFakePolicy(PolicyContract):
    """The fake."""

    @pytest.fixture
    def policy(self) -> Policy:
        return FakePolicy()

    @pytest.fixture
    def closed(self) -> Policy:
        return FakePolicy(lambda *_: False)


def _context(role: Role, **changed: bool | str) -> dict[str, bool | str]:
    return {**CONTEXT, "role": role.value, "consent": True, "method": "clothing and face", **changed}


@pytest.mark.parametrize("act", list(Act))
def test_the_shipped_text_agrees_with_the_rules(act: Act) -> None:
    """With every fact in place it permits an act to exactly the roles of the rule book."""
    policy, rule = read_policy(NO_FILE), RULES[act]
    case_id = "C-1" if rule.states else None
    for role in Role:
        permitted = policy.permits(Actor("somebody", role), act.value, case_id, _context(role))
        assert permitted is (role in rule.roles), role


@pytest.mark.parametrize(
    ("act", "need"), [(act, need) for act, need in product(Act, FACTS) if need in RULES[act].needs]
)
def test_the_shipped_text_refuses_without_each_need(act: Act, need: Need) -> None:
    """Take one thing that an act rests on, and the text refuses it too, whoever asks."""
    policy, rule = read_policy(NO_FILE), RULES[act]
    case_id = "C-1" if rule.states else None
    for role in rule.roles:
        context = _context(role, **{FACTS[need]: False})
        assert not policy.permits(Actor("somebody", role), act.value, case_id, context)


def test_another_purpose_is_refused() -> None:
    """Whatever the purpose of the request is, if it is not the one in the code, nothing is permitted."""
    policy = read_policy(NO_FILE)
    assert policy.permits(ACTOR, "trace.run", "C-1", CONTEXT)
    assert not policy.permits(ACTOR, "trace.run", "C-1", {**CONTEXT, "purpose": "missing persons"})


def test_a_rule_that_fails_refuses() -> None:
    """Cedar skips a rule that cannot be evaluated, also one that forbids; here it counts as a refusal."""
    text = EVERYTHING + "forbid (principal, action, resource) when { context.no_such_fact };"
    assert CedarPolicy(EVERYTHING).permits(ACTOR, "trace.run", "C-1", CONTEXT)
    assert not CedarPolicy(text).permits(ACTOR, "trace.run", "C-1", CONTEXT)


def test_an_installation_may_have_its_own_text(tmp_path: Path) -> None:
    """Its file is read in place of the shipped one, and its hash differs."""
    own = tmp_path / "policy.cedar"
    own.write_text(NOTHING)
    policy = read_policy(own)
    assert not policy.permits(ACTOR, "trace.run", "C-1", CONTEXT)
    assert policy.text_hash != read_policy(NO_FILE).text_hash


@pytest.mark.parametrize("data", [b"permit (", b"\xff\xfe"])
def test_a_text_that_is_not_cedar(tmp_path: Path, data: bytes) -> None:
    """Nothing starts with a policy that nobody can read."""
    own = tmp_path / "policy.cedar"
    own.write_bytes(data)
    with pytest.raises(BadInputError, match=r"policy\.cedar|Cedar"):
        read_policy(own)
