"""The address that a message's receipts come back to, which carries the delivery's signed id.

The match is exact as soon as one receipt arrives, also when the answer to the request was lost.
"""

from itsdangerous import BadSignature, Signer

PATH = "/webhooks/twilio/status"


def receipt_address(public_base_url: str, secret: str, delivery_id: int, attempt: int) -> str:
    """The StatusCallback of the `attempt`-th try of a delivery."""
    token = _signer(secret).sign(f"{delivery_id}-{attempt}").decode()
    return f"{public_base_url}{PATH}?delivery={token}"


def read_token(secret: str, token: str) -> tuple[int, int] | None:
    """(delivery id, attempt) from a token of ours, else None."""
    try:
        delivery_id, attempt = _signer(secret).unsign(token).decode().split("-")
        return int(delivery_id), int(attempt)
    except (BadSignature, ValueError):
        return None


def _signer(secret: str) -> Signer:
    return Signer(secret, salt="marquee.receipt")
