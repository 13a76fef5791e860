"""Keeping other people's web pages out of a carrier that listens on somebody's laptop.

A page in the same browser could reach loopback by a form (CSRF) or by pointing its own name at
127.0.0.1 (DNS rebinding). So the Host must be a loopback name, the Origin the simulator's own,
and whatever changes something must be JSON, which no foreign form can send.
"""

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from simulator.config import is_loopback

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse foreign hosts, foreign origins and anything but JSON to the control API."""
    problem = _problem(request)
    if problem is not None:
        status, words = problem
        return web.json_response({"error": words}, status=status, headers=PAGE_HEADERS)
    response: web.StreamResponse = await handler(request)
    if not response.prepared:
        response.headers.update(PAGE_HEADERS)
    return response


def _problem(request: web.Request) -> tuple[int, str] | None:
    host = request.headers.get("Host", "")
    if not is_loopback(_name_of(host)):
        return 403, "this carrier answers to loopback names only: use http://127.0.0.1"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return 403, "requests from other sites are refused"
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    # A link from elsewhere may open the page itself, but nothing behind it.
    opens_page = request.path == "/" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if foreign and not opens_page:
        return 403, "requests from other sites are refused"
    changes = request.method not in ("GET", "HEAD")
    is_control = request.path.startswith("/control/")
    if changes and is_control and request.content_type != "application/json":
        return 415, "send JSON with Content-Type: application/json"
    return None


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
