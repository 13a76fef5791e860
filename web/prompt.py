"""Requests that no thread waits for: begun in a worker's loop, and answered when they are done."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from gunicorn.http.wsgi import Response, create

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Status line, headers, body.
Answer = tuple[str, list[tuple[str, str]], bytes]


class Prompt(Protocol):
    """A WSGI application that can begin some requests, and wait for nothing.

    `paths` are what these are posted to. `begin` is given one that is there as a whole; it gives
    the answer to `then`, from any thread, or it begins nothing and says False, and is called with
    the same request as any WSGI application.
    """

    paths: Collection[str]

    def begin(self, environ: "WSGIEnvironment", then: Callable[[Answer], None]) -> bool: ...


def prompt_of(app: Any) -> Prompt | None:
    """The application itself, or the outermost one that a Flask application is wrapped into."""
    outermost = getattr(app, "wsgi_app", app)
    return outermost if hasattr(outermost, "begin") and hasattr(outermost, "paths") else None


class Beginner:
    """Begins what a prompt application can begin."""

    def __init__(self, app: Prompt, cfg: Any) -> None:
        self._app, self._cfg = app, cfg
        self._starts = tuple(f"POST {path}".encode() for path in app.paths)

    def begin(self, conn: Any, then: Callable[[Response, Answer], None]) -> Response | None:
        """What `then` gets and says the answer with; None if nothing has begun, and the request is
        as if nobody had seen it. The connection's reader holds the whole of it."""
        parser, reader = conn.parser, conn.parser.unreader
        data = reader.buf.getvalue()
        if not data.startswith(self._starts):
            return None
        before = parser.mesg, parser.req_count
        conn.sock.setblocking(False)  # for certain: a loop waits for no client
        try:
            request = next(parser)
            response, environ = create(request, conn.sock, conn.client, conn.server, self._cfg)
            environ["wsgi.multithread"] = True
            if self._app.begin(environ, partial(then, response)):
                return response
        except Exception:  # noqa: S110  # A thread meets it again, and tells the client.
            pass
        parser.mesg, parser.req_count = before
        reader.take_buffered()
        reader.unread(data)
        return None


def say(conn: Any, response: Response, answer: Answer) -> None:
    """Send an answer. OSError if the client is gone, or took nothing of those before."""
    status, headers, body = answer
    pieces = _Pieces()
    response.sock = pieces
    response.start_response(status, headers)
    response.write(body)
    response.close()
    conn.sock.sendall(b"".join(pieces))


class _Pieces(list[bytes]):
    """In place of a socket: what gunicorn sends in several pieces goes out in one."""

    sendall = list.append
