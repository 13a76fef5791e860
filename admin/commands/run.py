"""`marquee run`: the whole of Marquee on this machine, ready to try."""

import http.client
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select

from admin import demo
from admin.commands import demo_env
from admin.commands.demo_env import HOST, DemoEnv, IncompleteError
from admin.commands.ports import PortError, Ports, choose
from admin.commands.processes import bring_up, start
from admin.commands.supervisor import Supervisor
from admin.passwords import hash_password
from models import Member, Organization
from models.database import Database
from models.migrate import DatabaseIsNotUnicode

_CHECKOUT = Path(__file__).parents[2]
_POLL_SECONDS = 0.1


@click.command()
def run() -> None:
    """Start web, scheduler and, unless the environment names a provider, a simulated carrier.

    What the environment lacks is made up and kept in var/demo.env, so that the next start has the
    same log-in and data. Ctrl-C stops everything.
    """
    try:
        given = {name: value for name, value in os.environ.items() if value.strip()}
        ports = choose(given, HOST, simulated=demo_env.wants_simulator(given))
        env = demo_env.complete(given, ports)
    except (IncompleteError, PortError) as error:
        raise click.ClickException(str(error)) from None
    os.environ.clear()  # without its empty variables, which count as not given
    os.environ.update(env.values)
    settings = start()
    log_in = prepare(settings.database_url, settings.public_base_url, env)
    supervisor = Supervisor(lambda gone: _banner(env, ports, log_in, gone))
    # The owner's password is for the person at the terminal, not for the processes.
    theirs = {n: v for n, v in os.environ.items() if not n.startswith("MARQUEE_OWNER_")}
    for name, command in _commands(env, ports):
        supervisor.add(name, command, theirs | {"PYTHONUNBUFFERED": "1"})
    sys.exit(supervisor.run())


def prepare(database_url: str, public_base_url: str, env: DemoEnv) -> str:
    """Migrate, and make the first organization if there is none; how its owner logs in."""
    try:
        database = Database(database_url)
        bring_up(database)
        with database.write() as session:
            if not session.scalar(select(func.count()).select_from(Organization)):
                demo.found(
                    session,
                    email=env.owner_email,
                    password_hash=hash_password(env.owner_password),
                    public_base_url=public_base_url,
                    now=datetime.now(UTC),
                )
        with database.read() as session:
            hashed = session.scalar(
                select(Member.password).where(col(Member.email) == env.owner_email)
            )
        database.dispose()
    except DatabaseIsNotUnicode as error:
        raise click.ClickException(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise click.ClickException(
            f"The database cannot be used ({cause}). Check DATABASE_URL."
        ) from None
    return _log_in(env, hashed)


def _log_in(env: DemoEnv, hashed: str | None) -> str:
    if hashed is None:
        return f"a log-in of your own (list them: {demo_env.option()} members)"
    try:
        PasswordHasher().verify(hashed, env.owner_password)
    except (VerificationError, InvalidHashError):
        reset = f"{demo_env.option()} password {env.owner_email}"
        return f"{env.owner_email} and the password that you set (a new one: {reset})"
    return f"{env.owner_email}  {env.owner_password}"


def _commands(env: DemoEnv, ports: Ports) -> list[tuple[str, Sequence[str]]]:
    python = [sys.executable, "-m"]
    serve = ["gunicorn", "--config", str(_CHECKOUT / "gunicorn.conf.py")]
    commands: list[tuple[str, Sequence[str]]] = [
        ("web", [*python, *serve, "--bind", f"{HOST}:{ports.web}", "wsgi:app"]),
        ("scheduler", [*python, "admin.commands", "scheduler"]),
    ]
    if env.simulated:
        # The account's sid and token travel in the environment: a command line is there for every
        # user of the machine to read.
        inbound = f"{env.values['PUBLIC_BASE_URL']}/webhooks/twilio/inbound"
        carrier = ["simulator", "--port", str(ports.simulator), "--inbound-url", inbound]
        mail = ["--smtp-port", str(ports.smtp)] if ports.smtp else []
        commands.append(("carrier", [*python, *carrier, "--sender", demo.SHORT_CODE, *mail]))
    return commands


def _banner(env: DemoEnv, ports: Ports, log_in: str, gone: Callable[[], bool]) -> str:
    """Wait until the page answers; what to do next. Empty if all was stopped before that."""
    addresses = [f"http://{HOST}:{ports.web}/healthz"]
    if env.simulated:
        addresses.append(f"http://{HOST}:{ports.simulator}/")
    while not all(map(_answers, addresses)):
        if gone():
            return ""
        time.sleep(_POLL_SECONDS)
    public = env.values["PUBLIC_BASE_URL"]
    lines = [f"Page    {public}"]
    if env.simulated:
        lines.append(f"Phones  http://{HOST}:{ports.simulator}  (no text leaves this machine)")
    elif "TWILIO_API_BASE_URL" in env.values:
        lines.append(f"Phones  those of {env.values['TWILIO_API_BASE_URL']}")
    elif urlsplit(public).hostname in (HOST, "localhost"):
        lines.append("Phones  real ones, but Twilio cannot reach this address: set PUBLIC_BASE_URL")
    else:
        lines.append("Phones  real ones: messages go out through the provider, and cost money")
    lines.append(f"Log in  {log_in}")
    shown = "\n".join(f"  {line}" for line in lines)
    end = "Data and log-in are kept in var/. Ctrl-C stops everything."
    return f"\n  Marquee is ready.\n\n{shown}\n\n  {end}\n"


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
