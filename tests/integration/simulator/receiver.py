"""A tiny product: takes webhooks, checks each signature with twilio's validator, answers."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

Answer = tuple[int, str, str]
XML = "text/xml"


@dataclass(frozen=True)
class Received:
    """One post as it arrived."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]
    valid: bool


class Receiver:
    """Serves on a free loopback port; remembers every post in order."""

    def __init__(self, auth_token: str) -> None:
        self.posts: list[Received] = []
        self.answer: Callable[[Received], Answer] = lambda post: (200, XML, "<Response/>")
        self._validator = RequestValidator(auth_token)
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # One packet for head and body, else each answer waits 40 ms for an ACK.

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, content_type, text = receiver.take(self.path, body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *arguments: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, path: str, body: str, headers: dict[str, str]) -> Answer:
        form = dict(parse_qsl(body, keep_blank_values=True))
        signature = headers.get("X-Twilio-Signature", "")
        valid = self._validator.validate(self.base_url + path, form, signature)
        post = Received(path, form, headers, valid)
        with self._changed:
            self.posts.append(post)
            self._changed.notify_all()
        return self.answer(post)

    def reply(self, *messages: str) -> None:
        """Answer every text with these messages from now on."""
        twiml = "".join(f"<Message>{message}</Message>" for message in messages)
        self.answer = lambda post: (200, XML, f"<Response>{twiml}</Response>")

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Wait until so many posts have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.posts) >= count, seconds), self.posts
            return list(self.posts)

    def statuses(self, sid: str) -> list[str]:
        """The receipts of one message, in the order of their arrival."""
        return [
            post.form["MessageStatus"]
            for post in self.posts
            if post.form.get("MessageSid") == sid and "MessageStatus" in post.form
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
