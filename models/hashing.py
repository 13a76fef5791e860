"""The keyed hash under which a number stays suppressed after its erasure."""

import hmac
from collections.abc import Iterable


def number_hash(hash_key: str, phone_number: str) -> str:
    """HMAC-SHA256 (hex) of an E.164 number under the organization's key (hex).

    Numbers are few enough to try them all, so that a hash without a key would hide nothing.
    """
    return hmac.digest(bytes.fromhex(hash_key), phone_number.encode(), "sha256").hex()


def number_hashes(hash_key: str, phone_numbers: Iterable[str]) -> dict[str, str]:
    """Each number with its hash, in the order in which they come."""
    key, digest = bytes.fromhex(hash_key), hmac.digest
    return {number: digest(key, number.encode(), "sha256").hex() for number in phone_numbers}
