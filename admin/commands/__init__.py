"""The `marquee` command. Each subcommand's module is imported only when it is called."""

import importlib
import io
import os
import sys
from pathlib import Path

import click

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
    "segments": ("texts", "Count encoding, units and segments of texts."),
    "classify": ("texts", "Say what incoming texts mean: stop, start, help, join and so on."),
}


class _Lazy(click.Group):
    """A group that knows its commands' names and first lines without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"admin.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
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
