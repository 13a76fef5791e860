"""The keyed hash under which a number stays suppressed after its erasure."""

import hashlib
import hmac


def number_hash(hash_key: str, phone_number: str) -> str:
    """HMAC-SHA256 (hex) of an E.164 number under the organization's key (hex).

    Numbers are few enough to try them all, so that a hash without a key would hide nothing.
    """
    return hmac.new(bytes.fromhex(hash_key), phone_number.encode(), hashlib.sha256).hexdigest()
