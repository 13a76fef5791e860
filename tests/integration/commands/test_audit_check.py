"""`marquee audit check`: the verdicts on a terminal and as JSON, and its exit code."""

import json

import pytest
from click.testing import CliRunner, Result

from admin.commands import marquee
from compliance.rules import RULES
from settings import Settings
from tests.conftest import set_environment
from tests.world import World


@pytest.fixture(autouse=True)
def environment(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, settings)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(marquee, ["audit", "check", *arguments])


def test_a_program_in_order_exits_with_0(world: World) -> None:
    result = check("--program", "neon-nights")
    assert result.exit_code == 0, result.output
    audited = sum(1 for rule in RULES if rule.audit)
    assert f"{audited} of {audited} rules pass." in result.output


def test_a_failure_shows_evidence_and_remedy_and_exits_with_1(world: World) -> None:
    world.change_program(stop_text="Neon Nights: goodbye")
    result = check("--program", "neon-nights")
    assert result.exit_code == 1
    assert "A subscriber texts STOP: Neon Nights: goodbye" in result.output
    assert "→ Empty the program's own STOP text" in result.output


def test_json_holds_every_rule(world: World) -> None:
    world.change_program(stop_text="Neon Nights: goodbye")
    result = check("--program", "neon-nights", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["program"] == "neon-nights"
    assert [one["code"] for one in told["rules"]] == [rule.code for rule in RULES if rule.audit]
    (failed,) = (one for one in told["rules"] if not one["passed"])
    assert (failed["code"], failed["severity"]) == ("C008", 1)
    assert failed["evidence"] == [
        {"where": "A subscriber texts STOP", "text": "Neon Nights: goodbye"}
    ]
    assert failed["remedy"]


def test_an_unknown_program_names_those_that_there_are(world: World) -> None:
    result = check("--program", "neon")
    assert result.exit_code == 1
    assert "There is no program 'neon' (neon-nights)." in result.output
