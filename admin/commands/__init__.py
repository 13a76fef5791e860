"""The `marquee` command. Each subcommand's module is imported only when it is called."""

import io
import os
import sys
from pathlib import Path

import click

from admin.commands.lazy import LazyGroup

# Name: where it is, and its line in `marquee --help`. The pure commands must start fast and need
# no web framework or database, so nothing of theirs or the others' is imported here.
_COMMANDS = {
    "run": ("run", "Start everything on this machine, with a simulated carrier if need be."),
    "scheduler": ("processes", "Run the clock that fires broadcasts, and a sender."),
    "sender": ("processes", "Run one more sender."),
    "migrate": ("processes", "Bring the database's tables up to this version."),
    "doctor": ("doctor", "Check the whole set-up and say what to do about each problem."),
    "organization-add": ("organizations", "Make an organization and its owner's log-in."),
    "members": ("members", "List who may log in."),
    "member-add": ("members", "Give another person a log-in."),
    "password": ("members", "Give a member a new password."),
    "audit": ("audit", "Proof for auditors: verify the log, export a package, check a program."),
    "numbers": ("numbers", "Import and export lists of numbers; scan the inbox."),
    "why": ("why", "Say whether a number may be messaged, and because of which events."),
    "balance": ("broadcasts", "Say where a broadcast's audience stands, and check it."),
    "broadcast-pause": ("broadcasts", "Hand nothing more of a broadcast over."),
    "broadcast-resume": ("broadcasts", "Let a paused broadcast go on."),
    "broadcast-cancel": ("broadcasts", "End a broadcast for good."),
    "stop-everything": ("broadcasts", "Stop everything that an organization sends, or end that."),
    "segments": ("texts", "Count encoding, units and segments of texts."),
    "classify": ("texts", "Say what incoming texts mean: stop, start, help, join and so on."),
}


@click.group(
    cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take settings that the environment lacks from this file, e.g. var/demo.env.",
)
@click.version_option(package_name="marquee")
def marquee(env_file: Path | None) -> None:
    """Marquee: consent-based bulk SMS. Settings come from the environment (docs/SETTINGS.md)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a substitute; it stops nothing.
            stream.reconfigure(errors="backslashreplace")
    if env_file is not None:
        from admin.commands.demo_env import read

        for name, value in read(env_file).items():
            os.environ.setdefault(name, value)
