"""Phones that text: signed posts to the product's webhook, as the provider makes them."""

import base64
import hashlib
import hmac
import http.client
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.faults.processes import ACCOUNT_SID, AUTH_TOKEN, SHORT_CODE

INBOUND = "/webhooks/twilio/inbound"
_PATIENCE = 100  # seconds; the provider itself waits 15


@dataclass(frozen=True, slots=True)
class Exchange:
    """A text and its answer: status 0 means that none came. Unix times by this machine's clock."""

    sid: str
    status: int
    reply: str
    asked_at: float
    answered_at: float

    @property
    def seconds(self) -> float:
        return self.answered_at - self.asked_at


class Line:
    """A connection of the provider's to the product, used by one thread."""

    def __init__(self, port: int) -> None:
        self._port = port

    def text(self, phone: str, body: str, sid: str | None = None) -> Exchange:
        """A phone texts the short code."""
        sid = sid or f"SM{uuid.uuid4().hex}"
        form = {
            "AccountSid": ACCOUNT_SID,
            "Body": body,
            "From": phone,
            "MessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "To": SHORT_CODE,
        }
        asked_at = time.time()
        status, reply = self._post(INBOUND, form)
        return Exchange(sid, status, reply, asked_at, time.time())

    def _post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": _sign(f"http://127.0.0.1:{self._port}{path}", form),
        }
        try:
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


def _sign(url: str, form: dict[str, str]) -> str:
    """https://www.twilio.com/docs/usage/security: HMAC-SHA1 over the URL and the sorted form."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
