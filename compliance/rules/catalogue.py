"""Every rule, by its code, and the two ways to apply them. Pure.

A code is never given to another rule: past audits name it. docs/RULES.md documents each one, and a
test compares the two.
"""

from compliance.rules import answers, broadcasts, conduct, disclosures, hours, suspension
from compliance.rules.draft import Draft
from compliance.rules.facts import Facts
from compliance.rules.model import Finding, Level, Point, Rule

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *suspension.RULES,
            *answers.RULES,
            *disclosures.RULES,
            *broadcasts.RULES,
            *hours.RULES,
            *conduct.RULES,
        ),
        key=lambda one: one.code,
    )
)
_BY_CODE = {one.code: one for one in RULES}
_WORST_FIRST = list(Level)


def rule(code: str) -> Rule:
    """The rule of this code; KeyError if there is none."""
    return _BY_CODE[code]


def audit(facts: Facts) -> list[Finding]:
    """The verdict of every rule that judges a program, in the order of their codes."""
    return [Finding(one, one.audit(facts)) for one in RULES if one.audit]


def lint(draft: Draft) -> list[Point]:
    """What the rules have to say of a draft, the worst first; nothing of an empty one."""
    if not draft.body.strip():
        return []
    found = [
        Point(
            one.code,
            remark.level,
            remark.text,
            remark.remedy or one.remedy,
            one.source,
            remark.costly,
        )
        for one in RULES
        if one.lint and (remark := one.lint(draft))
    ]
    return sorted(found, key=lambda point: _WORST_FIRST.index(point.level))
