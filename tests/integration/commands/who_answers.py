"""A WSGI application that answers with the process that it runs in, or otherwise on request."""

import os
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

_MUCH = 2**28  # bytes: more than waits on its way to a client that does not read


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """For gunicorn, in place of wsgi:app. /read reads its body first; /page and /file are long."""
    path = environ["PATH_INFO"]
    if path == "/read":
        environ["wsgi.input"].read()
    if path in ("/page", "/file"):
        start_response("200 OK", [("Content-Length", str(_MUCH))])
        return [bytes(_MUCH)] if path == "/page" else _file(environ)
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _file(environ: dict[str, Any]) -> Iterable[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the server closes it
    file.truncate(_MUCH)
    answer: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
    return answer
