"""What `marquee run` fills in where the environment gives nothing, and keeps for the next start."""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from admin.commands.ports import Ports

KEPT_IN = Path("var/demo.env")  # in the working directory, as the default DATABASE_URL is

# The address that the demo listens on is the one that it prints, signs and sets cookies for.
# Not "localhost": that name may lead to ::1, where another program can sit on the same port, and
# its cookies are shared by whatever else somebody develops there.
HOST = "127.0.0.1"

_HEADER = """\
# Made by `marquee run` for its demo. Keep it: the log-in and the secrets are in here.
# Use it for other commands: marquee --env-file var/demo.env doctor
"""


class IncompleteError(Exception):
    """The environment gives one half of what belongs together; the message says what to do."""


@dataclass(frozen=True, slots=True)
class DemoEnv:
    """The environment for the processes, and what the person who starts them must know."""

    values: dict[str, str]
    simulated: bool
    owner_email: str
    owner_password: str


def read(path: Path) -> dict[str, str]:
    """The settings in a file of NAME=value lines; an absent file holds none."""
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}


def option() -> str:
    """How the person at this terminal gives a command the demo's settings."""
    called = Path(sys.argv[0])
    program = os.path.relpath(called) if called.name == "marquee" else "marquee"
    return f"{program} --env-file {KEPT_IN}"


def unused() -> str:
    """What to do if a demo lies in this folder and the environment lacks settings of its; or ""."""
    if read(KEPT_IN).keys() <= os.environ.keys():
        return ""
    return f"The demo in this folder keeps its settings in {KEPT_IN}: {option()} …"


def complete(given: Mapping[str, str], ports: Ports, path: Path = KEPT_IN) -> DemoEnv:
    """`given` with all that the demo needs; what is made up here is kept in `path`.

    Nothing that the environment gives is overridden. An empty variable counts as not given.
    Raises IncompleteError.
    """
    given = {name: value for name, value in given.items() if value.strip()}
    kept = read(path)
    made = {
        "SECRET_KEY": secrets.token_hex(32),
        "MARQUEE_OWNER_EMAIL": "owner@neon-nights.example",
        "MARQUEE_OWNER_PASSWORD": readable_password(),
    }
    simulated = wants_simulator(given)
    if simulated:
        made |= {"TWILIO_ACCOUNT_SID": _account_sid(), "TWILIO_AUTH_TOKEN": secrets.token_hex(16)}
    # Secrets that this file once got stay in it, also while the environment gives others.
    secret = made | {name: value for name, value in kept.items() if name in _SECRETS}
    derived = {
        "DATABASE_URL": "sqlite:///var/marquee.sqlite3",
        "PORT": str(ports.web),
        "PUBLIC_BASE_URL": f"http://{HOST}:{ports.web}",
    }
    if simulated:
        simulator = f"http://{HOST}:{ports.simulator}"
        derived |= {"TWILIO_API_BASE_URL": simulator, "SIMULATOR_URL": simulator}
        # Simulated phones sleep at no hour, and a first blast should arrive in the evening, too.
        derived["QUIET_HOURS_FILE"] = str(Path(__file__).parents[1] / "demo_hours.csv")
        if ports.smtp:
            derived["SMTP_URL"] = f"smtp://{HOST}:{ports.smtp}"
    _keep(path, secret | {name: value for name, value in derived.items() if name not in given})
    used = secret if simulated else {n: v for n, v in secret.items() if not n.startswith("TWILIO")}
    values = derived | used | given
    return DemoEnv(
        values, simulated, values["MARQUEE_OWNER_EMAIL"], values["MARQUEE_OWNER_PASSWORD"]
    )


_SECRETS = frozenset(
    {
        "SECRET_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "MARQUEE_OWNER_EMAIL",
        "MARQUEE_OWNER_PASSWORD",
    }
)


def wants_simulator(given: Mapping[str, str]) -> bool:
    """Whether the environment names no provider at all; IncompleteError for half an account."""
    account = {name: given.get(name) for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")}
    missing = [name for name, value in account.items() if not value]
    if not missing:
        return False
    if len(missing) == 1 or given.get("TWILIO_API_BASE_URL"):
        raise IncompleteError(
            f"{' and '.join(missing)} must be set too. Set TWILIO_ACCOUNT_SID and "
            "TWILIO_AUTH_TOKEN to send through Twilio, or none of the TWILIO_ settings to try "
            "Marquee with a simulated carrier."
        )
    return True


def _account_sid() -> str:
    return "AC" + secrets.token_hex(16)


def readable_password() -> str:
    """About 77 bits in groups that can be typed from a screen; no look-alike characters."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _keep(path: Path, values: Mapping[str, str]) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600, exist_ok=False)
    new.write_text(_HEADER + lines, encoding="utf-8")
    new.replace(path)


def _quoted(value: str) -> str:
    """`value` as `read` understands it: somebody may have edited the file."""
    if re.fullmatch(r"[\w@%+=:,./-]*", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
