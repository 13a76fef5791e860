"""Start a simulated carrier: ``python -m simulator --port 8001 …``; Ctrl-C stops it at once."""

import argparse
import asyncio
import errno
import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence

from aiohttp import web

from simulator.app import create_app
from simulator.config import Config, ConfigError, Sender


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit code: 0, or 2 when it cannot start."""
    try:
        config = read_config(arguments, os.environ)
        asyncio.run(serve(config))
    except ConfigError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.stderr.write(
            "simulator: a port is already taken, perhaps by another simulator: stop that one, or "
            "choose others with --port (SIMULATOR_PORT) and --smtp-port (SIMULATOR_SMTP_PORT)"
            f"\nsimulator: {error.strerror}\n"
        )
        return 2
    return 0


def read_config(arguments: Sequence[str] | None, environment: Mapping[str, str]) -> Config:
    """Return the configuration in the command line and the environment, which comes second."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="A carrier on loopback that speaks Twilio's HTTP API."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="a loopback address")
    add("--port", default=environment.get("SIMULATOR_PORT", "8001"))
    add("--smtp-port", default=environment.get("SIMULATOR_SMTP_PORT"), help="adds a mailbox")
    add("--account-sid", default=environment.get("TWILIO_ACCOUNT_SID", ""))
    add("--auth-token", default=environment.get("TWILIO_AUTH_TOKEN", ""))
    add("--inbound-url", default=environment.get("SIMULATOR_INBOUND_URL", ""))
    add("--sender", action="append", help="24680 or +12025550199=provider; may be repeated")
    add("--seed", type=int, help="repeat the draws and numbers of an earlier run")
    given = parser.parse_args(arguments)
    return Config(
        account_sid=given.account_sid,
        auth_token=given.auth_token,
        inbound_url=given.inbound_url,
        host=given.host,
        port=_port(given.port, "--port"),
        smtp_port=None if not given.smtp_port else _port(given.smtp_port, "--smtp-port"),
        # Without a seed each run brings other fans, since the product remembers the last ones.
        seed=secrets.randbelow(2**32) if given.seed is None else given.seed,
        senders=tuple(Sender.parse(text) for text in given.sender or ["24680"]),
    )


def _port(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65_535:
        raise ConfigError(f"{name} must be a port number, not {text!r}")
    return int(text)


async def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, and then stop at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(create_app(config), access_log=None, shutdown_timeout=0.1)
    try:
        await runner.setup()
        site = web.TCPSite(runner, config.host, config.port)
        await site.start()
        sys.stdout.write(f"Phones: http://{config.host}:{runner.addresses[0][1]}/\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    raise SystemExit(main())
