"""The signed link to a consumer's own page, short enough for a text.

HELP's answer carries it. Whoever holds the link sees what the organization holds about one number,
so that it is bound to one subscriber, lasts seven days, and cannot be made without the secret.

A token is one number in base 62: subscriber id, the hour at which it ends (24 bits, counted from
2025), and 64 bits of HMAC-SHA256 over both. NIST SP 800-107 (5.3.3) takes 64 bits of a MAC for
enough where tries are online and limited, and each further bit would cost room in the text. Only
letters and digits are used, because phones cut a link at a dash or underscore at its end.
"""

import hashlib
import hmac
import re
import string
from datetime import UTC, datetime, timedelta
from typing import Final

PATH: Final = "/c"
VALID_DAYS: Final = 7
LONGEST: Final = 26  # characters of a token with the largest id that a database gives out

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
_LINK: Final = re.compile(rf"({PATH}/)[0-9A-Za-z]{{8,{LONGEST}}}")
_HOUR: Final = timedelta(hours=1)
_HOUR_BITS: Final = 24
_MAC_BITS: Final = 64


class Expired:
    """The link was ours, and its time is over."""


def consumer_link(public_base_url: str, secret: str, subscriber_id: int, now: datetime) -> str:
    """The address of the subscriber's page, e.g. https://sms.example.com/c/1xT9…

    It works for VALID_DAYS from `now` (aware UTC), and up to an hour longer: whole hours are
    shorter to write.
    """
    ends = -((_EPOCH - now - timedelta(days=VALID_DAYS)) // _HOUR)  # the next full hour
    return f"{public_base_url}{PATH}/{_token(secret, subscriber_id << _HOUR_BITS | ends)}"


def read(secret: str, token: str, now: datetime) -> "int | Expired | None":
    """The subscriber's id; Expired if the link is too old; None if we never made it."""
    if not 0 < len(token) <= LONGEST or not all(character in _VALUES for character in token):
        return None
    number = 0
    for character in token:
        number = number * len(_ALPHABET) + _VALUES[character]
    claim = number >> _MAC_BITS
    # Compared as a whole, so that no other spelling of the same number passes.
    if not hmac.compare_digest(_token(secret, claim), token):
        return None
    subscriber_id, ends = claim >> _HOUR_BITS, claim & ((1 << _HOUR_BITS) - 1)
    return subscriber_id if now < _EPOCH + ends * _HOUR else Expired()


def without_key(text: str) -> str:
    """A reply for other eyes than the consumer's: its link names the page and opens nothing."""
    return _LINK.sub(r"\1…", text)


def _token(secret: str, claim: int) -> str:
    key = hmac.digest(secret.encode(), b"marquee.consumer-link", hashlib.sha256)
    whole = claim.to_bytes(16, "big")
    mac = hmac.digest(key, whole, hashlib.sha256)[: _MAC_BITS // 8]
    number = claim << _MAC_BITS | int.from_bytes(mac, "big")
    characters = []
    while number:
        number, value = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[value])
    return "".join(reversed(characters))
