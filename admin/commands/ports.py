"""Which ports the demo takes, found free before anything is started."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_HIGHEST = 65535


class PortError(Exception):
    """A port that cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The web page's, the simulated phones' and the simulated mailbox's (None: not wanted)."""

    web: int
    simulator: int | None
    smtp: int | None


def choose(given: Mapping[str, str], host: str, *, simulated: bool) -> Ports:
    """PORT (8000), SIMULATOR_PORT (the next one) and for mail the one after it or a free one.

    Raises PortError if a port that somebody will look for is taken.
    """
    web = _number(given, "PORT", 8000)
    _check(web, host, "make run PORT=8080")
    if not simulated:
        return Ports(web, None, None)
    simulator = _number(given, "SIMULATOR_PORT", web + 1 if web < _HIGHEST else web - 1)
    if simulator == web:
        raise PortError(
            f"Port {web} cannot serve both: give PORT and SIMULATOR_PORT different numbers."
        )
    _check(simulator, host, "make run SIMULATOR_PORT=8081", " (for the simulated phones)")
    smtp = None if given.get("SMTP_URL") else _free(host, web + 2, {web, simulator})
    return Ports(web, simulator, smtp)


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _HIGHEST):
        raise PortError(f"{name} is not valid: it must be a number from 1 to {_HIGHEST}.")
    return int(text)


def _check(port: int, host: str, remedy: str, purpose: str = "") -> None:
    problem = _trouble(port, host)
    if problem == errno.EADDRINUSE:
        raise PortError(
            f"Port {port}{purpose} is in use. "
            f"Stop the program that uses it, or start Marquee on another one: {remedy}"
        )
    if problem == errno.EACCES:
        raise PortError(
            f"Port {port}{purpose} needs administrator's rights. Take one above 1023: {remedy}"
        )
    if problem:
        raise PortError(f"Port {port}{purpose} cannot be used: {os.strerror(problem)}.")


def _trouble(port: int, host: str) -> int:
    """The error number of listening on the port; 0 if that works."""
    with socket.socket() as probe:
        # As the servers do, so that a connection that has just ended is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def _free(host: str, wanted: int, taken: set[int]) -> int:
    """`wanted` if it is free, else one that the system gives."""
    if wanted <= _HIGHEST and wanted not in taken and not _trouble(wanted, host):
        return wanted
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port if port not in taken else _free(host, 0, taken)
