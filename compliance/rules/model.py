"""What a rule is, and what the self-audit and the linter say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from compliance.rules.draft import Draft
from compliance.rules.facts import Facts
from messaging.segments import CostlyCharacter

# What most rules are from, each with the edition that was read.
HANDBOOK: Final = "CTIA Short Code Monitoring Handbook v1.8"
PRINCIPLES: Final = "CTIA Messaging Principles, May 2023"


class Severity(IntEnum):
    """What a carrier does about it (CTIA Short Code Monitoring Handbook v1.8).

    0: the program is suspended at once. 1 and 2: five business days to cure.
    """

    suspension = 0
    serious = 1
    minor = 2


class Level(StrEnum):
    """What a finding about a draft does: an error blocks, a warning asks, a hint only tells."""

    error = "error"
    warning = "warning"
    hint = "hint"


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence: the actual text, and where it stands ("texts STOP")."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule holds, why, and the texts that show it."""

    passed: bool
    why: str
    evidence: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule has to say of a draft; `remedy` where the rule's own is too general."""

    level: Level
    text: str
    remedy: str | None = None
    costly: tuple[CostlyCharacter, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a sentence that must hold (`title`), who says so, and what to do where it fails.

    `audit` judges a program as a whole, `lint` a draft of a broadcast; a rule has one or both.
    `severity` is None where no carrier asks for it.
    """

    code: str
    severity: Severity | None
    title: str
    source: str
    remedy: str
    audit: Callable[[Facts], Verdict] | None = None
    lint: Callable[[Draft], Remark | None] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a self-audit."""

    rule: Rule
    verdict: Verdict

    @property
    def passed(self) -> bool:
        return self.verdict.passed


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that the linter says of a draft."""

    code: str
    level: Level
    text: str
    remedy: str
    source: str
    costly: tuple[CostlyCharacter, ...] = ()
