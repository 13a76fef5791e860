"""A member with a browser's manners: logs in, reads pages, posts forms."""

import re
import time

import requests

from benchmarks.processes import Failed
from benchmarks.world import OWNER, PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_PROBLEM = re.compile(r'class="(?:invalid-feedback|text-danger)[^>]*>([^<]+)<')
_SLOWEST = 300.0  # seconds


class Visitor:
    """The organization's owner, logged in to the web process on `port` of loopback."""

    def __init__(self, port: int) -> None:
        self._base, self._session = f"http://127.0.0.1:{port}", requests.Session()
        answer = self.post("/login", {"email": OWNER, "password": PASSWORD}, page="/login")
        if "/login" in answer.url:
            raise Failed("The owner could not log in.")

    def get(self, path: str) -> tuple[str, float]:
        """The page, and the milliseconds that it took; Failed unless it is one."""
        start = time.perf_counter()
        answer = self._session.get(self._base + path, timeout=_SLOWEST)
        took = (time.perf_counter() - start) * 1000
        if answer.status_code != 200 or "/login" in answer.url:
            raise Failed(f"{path} answered {answer.status_code}.")
        return answer.text, took

    def post(
        self,
        path: str,
        form: dict[str, str],
        *,
        page: str,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> requests.Response:
        """Fill in the form that stands on `page`."""
        shown = self._session.get(self._base + page, timeout=_SLOWEST).text
        found = _TOKEN.search(shown)
        if not found:
            raise Failed(f"There is no form on {page}.")
        data = form | {"csrf_token": found.group(1)}
        answer = self._session.post(self._base + path, data=data, files=files, timeout=_SLOWEST)
        if answer.status_code != 200:
            said = " ".join(_PROBLEM.findall(answer.text))
            raise Failed(f"The form on {page} was answered with {answer.status_code}: {said}")
        return answer
