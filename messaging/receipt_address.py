"""The address that a message's receipts come back to, which carries the delivery's signed id.

The match is exact as soon as one receipt arrives, also when the answer to the request was lost.
"""

from functools import lru_cache

from itsdangerous import BadSignature, Signer

PATH = "/webhooks/twilio/status"


def receipt_address(public_base_url: str, secret: str, delivery_id: int, attempt: int) -> str:
    """The StatusCallback of the `attempt`-th try of a delivery."""
    return ReceiptAddresses(public_base_url, secret).of(delivery_id, attempt)


class ReceiptAddresses:
    """Makes such addresses for one installation, quickly."""

    def __init__(self, public_base_url: str, secret: str) -> None:
        self._before, self._sign = f"{public_base_url}{PATH}?delivery=", _signer(secret).sign

    def of(self, delivery_id: int, attempt: int) -> str:
        """The StatusCallback of the `attempt`-th try of a delivery."""
        return self._before + self._sign(f"{delivery_id}-{attempt}").decode()


def read_token(secret: str, token: str) -> tuple[int, int] | None:
    """(delivery id, attempt) from a token of ours, else None."""
    try:
        delivery_id, attempt = _signer(secret).unsign(token).decode().split("-")
        return int(delivery_id), int(attempt)
    except (BadSignature, ValueError):
        return None


@lru_cache(maxsize=4)
def _signer(secret: str) -> Signer:
    # The key is derived once, as the library would for every token.
    derived = Signer(secret, salt="marquee.receipt").derive_key()
    return Signer(derived, salt="marquee.receipt", key_derivation="none")
