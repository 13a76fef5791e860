"""A promoter at the pages, over HTTP: logs in, imports numbers, orders and moves broadcasts."""

import html
import re
import urllib.error
from datetime import datetime
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

EMAIL, PASSWORD = "owner@neon.example", "correct-horse-battery-staple"
BODY = "Neon Nights: doors at 9. Msg frequency varies. Reply HELP for help, STOP to end"


_FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """A form came back; the words beside its fields."""


class Promoter:
    """A browser without JavaScript."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._ticked = ""
        self._browser = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post("/login", "/login", {"email": EMAIL, "password": PASSWORD})

    def get(self, path: str) -> str:
        with self._browser.open(self._base + path, timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, page: str, path: str, fields: dict[str, str]) -> tuple[str, str]:
        """Send the form of a page with its token; the path that it led to, and what it says."""
        fields = {"csrf_token": _value(self.get(page), "csrf_token")} | fields
        return self._send(path, urlencode(fields).encode(), _FORM)

    def import_numbers(self, numbers: list[str], list_id: int = 1) -> None:
        """Put numbers on a list, with a consent that was gathered elsewhere."""
        page = f"/lists/{list_id}/imports"
        fields = {
            "csrf_token": _value(self.get(page), "csrf_token"),
            "declared_source": "the door",
            "declared_on": "2026-01-01",
            "proof_text": "They agreed to texts.",
        }
        edge = "----edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="numbers.csv"\r\n'
            "Content-Type: text/csv\r\n\r\nphone\n" + "\n".join(numbers) + f"\r\n--{edge}--\r\n"
        )
        kind = f"multipart/form-data; boundary={edge}"
        led_to, text = self._send(page, "".join(parts).encode(), kind)
        assert led_to != page, text

    def order(
        self,
        at: datetime | None = None,
        zone: str = "UTC",
        body: str = BODY,
        latest_start: int = 60,
        list_id: int = 1,
    ) -> int:
        """Order a broadcast for `at` (the wall time in `zone`), or for now; its id."""
        form = self.get("/broadcasts/new")
        fields = {
            "form_token": _value(form, "form_token"),
            "list_id": str(list_id),
            "body": body,
            "answers_to": "booking@neon.example",
            "when": "later" if at else "now",
            "date": f"{at:%Y-%m-%d}" if at else "",
            "time": f"{at:%H:%M}" if at else "",
            "timezone": zone,
            "latest_start_minutes": str(latest_start),
            "csrf_token": _value(form, "csrf_token"),
            "override": self._ticked,  # the warnings about the hour and so on, once they are known
        }
        for _ in range(2):
            led_to, text = self._send("/broadcasts/new", urlencode(fields).encode(), _FORM)
            if ordered := re.fullmatch(r"/broadcasts/(\d+)", led_to):
                return int(ordered[1])
            if reasons := _reasons(text):
                raise Refused(reasons)
            fields["override"] = self._ticked = _value(text, "override")
        raise Refused(_reasons(text))

    def move(self, broadcast_id: int, verb: str) -> None:
        """Pause, resume or cancel."""
        page = f"/broadcasts/{broadcast_id}"
        self.post("/broadcasts/new", f"{page}/{verb}", {})

    def _send(self, path: str, body: bytes, kind: str) -> tuple[str, str]:
        request = Request(self._base + path, body, {"Content-Type": kind})
        try:
            with self._browser.open(request, timeout=120) as answer:
                return answer.geturl().removeprefix(self._base), answer.read().decode()
        except urllib.error.HTTPError as refused:
            if refused.code != 422:
                raise
            return path, refused.read().decode()


def _reasons(page: str) -> list[str]:
    """What stands beside the fields of a refused form, except the box for warnings."""
    found = re.findall(r'invalid-feedback[^>]*id="(\w+)-error"[^>]*>([^<]*)', page)
    return [html.unescape(reason) for field, reason in found if field != "override"]


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no {name} on the page: {re.findall('invalid-feedback[^>]*>([^<]*)', page)}"
    return html.unescape(found[1])
