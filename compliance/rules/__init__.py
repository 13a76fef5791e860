"""The rules that carriers and the law make for texts: judged of a program, and of each draft."""

from compliance.rules.catalogue import RULES, audit, lint, rule
from compliance.rules.draft import Draft, History, Recipients
from compliance.rules.facts import Conduct, Exchange, Facts, Link, Record, Rehearsal, Sent
from compliance.rules.model import Finding, Level, Point, Quote, Rule, Severity, Verdict

__all__ = [
    "RULES",
    "Conduct",
    "Draft",
    "Exchange",
    "Facts",
    "Finding",
    "History",
    "Level",
    "Link",
    "Point",
    "Quote",
    "Recipients",
    "Record",
    "Rehearsal",
    "Rule",
    "Sent",
    "Severity",
    "Verdict",
    "audit",
    "lint",
    "rule",
]
