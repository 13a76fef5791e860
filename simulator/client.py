"""A small Python handle on a running carrier's control API, for tests and benchmarks."""

import json
from http.client import HTTPConnection
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit


class ControlError(RuntimeError):
    """The control API refused a request; the message is its own."""


class SimulatorClient:
    """Everything that a test does to a carrier, by its control API."""

    def __init__(
        self,
        base_url: str,
        *,
        account_sid: str = "",
        auth_token: str = "",
        smtp_port: int | None = None,
    ) -> None:
        """Point at a carrier; the sid, token and SMTP port are kept for convenience only."""
        self.base_url = base_url
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.smtp_port = smtp_port

    def request(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Call the control API and return its JSON; raise ControlError for a refusal."""
        parts = urlsplit(self.base_url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=90)
        given = {name: value for name, value in query.items() if value is not None}
        target = f"/control{path}" + (f"?{urlencode(given)}" if given else "")
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, target, payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise ControlError(f"{response.status}: {answer.get('error')}")
        return answer

    def text(
        self, phone: str, body: str, *, to: str | None = None, picture: bool = False
    ) -> dict[str, Any]:
        """Text a sender as a phone; returns sid, webhook_status, replies and error."""
        message = {"from": phone, "body": body, "picture": picture}
        return self._object("POST", "/texts", message | ({"to": to} if to else {}))

    def screen(self, number: str) -> list[dict[str, Any]]:
        """Return every line on a phone's screen, oldest first; none for an unknown phone."""
        try:
            phone = self._object("GET", f"/phones/{quote(number)}", limit=10_000)
        except ControlError:
            return []
        return cast(list[dict[str, Any]], phone["screen"])

    def received(self, number: str) -> list[str]:
        """Return the bodies that a phone got and kept, oldest first."""
        return [
            line["body"]
            for line in self.screen(number)
            if line["kind"] == "message"
            and not line["from_phone"]
            and line["status"] not in ("failed", "undelivered")
        ]

    def crowd(self, count: int, body: str = "JOIN", **options: Any) -> dict[str, Any]:
        """Let a crowd of new phones text, and wait until all have; returns it with numbers."""
        crowd = self._object("POST", "/crowds", {"count": count, "body": body} | options)
        while not crowd["finished"]:
            crowd = self._object("GET", f"/crowds/{crowd['id']}", wait=60, numbers=1)
        return crowd

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change some settings (none to read them); returns them all."""
        return self._object("PATCH", "/settings", changes)

    def reset_settings(self) -> dict[str, Any]:
        """Return to the settings of the start."""
        return self._object("DELETE", "/settings")

    def add_sender(self, number: str, replies: str = "") -> dict[str, Any]:
        """Add a sender, or change who replies on it."""
        return self._object("POST", "/senders", {"number": number, "replies": replies})

    def messages(self, **filters: object) -> list[dict[str, Any]]:
        """Return the log of messages: to, from, direction, status, since, limit."""
        answer = self._object("GET", "/messages", **({"limit": 1_000_000} | filters))
        return cast(list[dict[str, Any]], answer["messages"])

    def webhooks(self, **filters: object) -> list[dict[str, Any]]:
        """Return the log of webhook posts, newest first: sid, kind, failed, limit."""
        answer = self._object("GET", "/webhooks", **({"limit": 1_000_000} | filters))
        return cast(list[dict[str, Any]], answer["posts"])

    def submissions(self, since: int = 0) -> list[dict[str, Any]]:
        """Return every request to send, accepted or not: at, to, callback, fault, sid."""
        answer = self._object("GET", "/submissions", since=since)
        return cast(list[dict[str, Any]], answer["submissions"])

    def counters(self) -> dict[str, Any]:
        """Return the counters."""
        return self._object("GET", "/requests")

    def letters(self) -> list[dict[str, Any]]:
        """Return the e-mails that arrived, newest first."""
        return cast(list[dict[str, Any]], self._object("GET", "/mailbox")["letters"])

    def wait_until_idle(self, seconds: int = 30) -> bool:
        """Wait until every receipt has been posted; tells whether that came to pass."""
        return bool(self._object("GET", "/idle", wait=seconds)["idle"])

    def _object(
        self, method: str, path: str, body: object = None, **query: object
    ) -> dict[str, Any]:
        return cast(dict[str, Any], self.request(method, path, body, **query))
