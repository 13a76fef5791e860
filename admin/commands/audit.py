"""`marquee audit …`: what an auditor asks for, and what proves it."""

import click

from admin.commands.lazy import LazyGroup

_COMMANDS = {
    "verify": ("audit_verify", "Recompute the whole log, and name each event that was changed."),
    "export": ("audit_export", "Write a program's audit package, to be verified by anybody."),
    "check": ("audit_check", "Go through the carriers' list for a program, with evidence."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def audit() -> None:
    """Proof for auditors: verify the log, export a package, check a program."""
