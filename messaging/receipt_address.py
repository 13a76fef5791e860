"""The address that a message's receipts come back to, which carries the delivery's signed id.

The match is exact as soon as one receipt arrives, also when the answer to the request was lost.
"""

import hmac
from functools import lru_cache

from itsdangerous import Signer
from itsdangerous.encoding import base64_encode

PATH = "/webhooks/twilio/status"
_SALT = "marquee.receipt"
# For Twilio, which neither signs nor sends what stands behind the "#": three more tries where we
# could not keep a receipt (5xx), were away (ct) or too slow (rt), within 15 s in all. By default it
# tries again only where it could not connect. What we refuse (4xx), we would refuse again.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_TRY_AGAIN = "#rc=3&rp=5xx,ct,rt"


class ReceiptAddresses:
    """Makes them for one installation, quickly."""

    def __init__(self, public_base_url: str, secret: str) -> None:
        self._before, self._secret = f"{public_base_url}{PATH}?delivery=", secret

    def of(self, delivery_id: int, attempt: int) -> str:
        """The StatusCallback of the `attempt`-th try of a delivery."""
        value = f"{delivery_id}-{attempt}"
        return f"{self._before}{value}.{_signature(self._secret, value)}{_TRY_AGAIN}"


def read_token(secret: str, token: str) -> tuple[int, int] | None:
    """(delivery id, attempt) from a token of ours, else None."""
    value, _, signature = token.rpartition(".")
    genuine = _signature(secret, value)
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), genuine.encode()):
        return None
    delivery_id, attempt = value.split("-")
    return int(delivery_id), int(attempt)


def _signature(secret: str, value: str) -> str:
    """What the library's Signer makes, without what it would do anew for every token."""
    mac = _keyed(secret).copy()
    mac.update(value.encode("utf-8", "replace"))
    return base64_encode(mac.digest()).decode()


@lru_cache(maxsize=4)
def _keyed(secret: str) -> hmac.HMAC:
    """A MAC that has read the key and nothing else: to copy it takes less than to key one."""
    return hmac.new(Signer(secret, salt=_SALT).derive_key(), digestmod="sha1")
