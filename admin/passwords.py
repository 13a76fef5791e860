"""Password hashes: Argon2id, the same for the pages and the commands."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST = 12  # characters; NIST SP 800-63B asks for at least 8, and length beats composition
LONGEST = 128  # so that nobody makes the hash work on megabytes

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The Argon2id hash that the log-in verifies.

    One person's keyboard may compose letters that another's sends in parts; NFKD makes them equal
    (NIST SP 800-63B, 5.1.1.2). Flask-Security normalizes the same way before it verifies.
    """
    return _hasher.hash(_normal(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether `password` is the one that the hash was made of."""
    try:
        return _hasher.verify(password_hash, _normal(password))
    except VerificationError:
        return False


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKD", password)
