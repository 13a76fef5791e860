"""docs/RULES.md says of each rule what the code says of it."""

import re
from pathlib import Path

from compliance.rules import RULES, Rule

PAGE = Path(__file__).parents[2] / "docs" / "RULES.md"
_SECTION = re.compile(r"^## (C\d{3}) (.+)\n\n((?:- .+\n)+)", re.MULTILINE)


def documented() -> dict[str, dict[str, str]]:
    """Code to title, and to each line of its section by its label."""
    sections = _SECTION.findall(PAGE.read_text(encoding="utf-8"))
    return {
        code: {"title": title} | dict(re.findall(r"^- ([^:]+): (.+)$", lines, re.MULTILINE))
        for code, title, lines in sections
    }


def expected(rule: Rule) -> dict[str, str]:
    judges = [name for name, has in (("self-audit", rule.audit), ("linter", rule.lint)) if has]
    return {
        "title": rule.title,
        "Severity": "none" if rule.severity is None else str(int(rule.severity)),
        "Judged by": " and ".join(judges),
        "Source": rule.source,
        "To change": rule.remedy,
    }


def test_every_rule_is_documented_as_it_is_and_no_other() -> None:
    told = documented()
    assert list(told) == [rule.code for rule in RULES]
    for rule in RULES:
        looks_at = told[rule.code].pop("Looks at", "")
        assert told[rule.code] == expected(rule), rule.code
        assert len(looks_at) > 10, rule.code


def test_codes_are_unique_and_every_rule_judges_something() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    for rule in RULES:
        assert re.fullmatch(r"C\d{3}", rule.code)
        assert rule.audit or rule.lint, rule.code
        assert all((rule.title, rule.source, rule.remedy)), rule.code
