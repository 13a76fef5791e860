"""The Ed25519 keys that sign an organization's checkpoints.

The private half is sealed with a key made from SECRET_KEY, so that a copy of the database alone
signs nothing. When SECRET_KEY is lost, so is the private half: a new key is made, and the old
one's public half stays, so that what it signed still verifies (docs/LOG.md).
"""

import os
from dataclasses import dataclass
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session, col, select

from compliance.notes import VerifierKey, sign
from models.log import SigningKey

log = structlog.get_logger()

_NONCE_BYTES = 12
_PURPOSE = b"marquee: sealing of log signing keys, version 1"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs checkpoints of the log that is called `name` (its origin)."""

    name: str
    private_key: Ed25519PrivateKey
    made_at: datetime

    def sign(self, text: str) -> str:
        """The signed note that holds `text`."""
        return sign(text, self.name, self.private_key)


def signer_of(
    session: Session, organization_id: int, host: str, secret_key: str, now: datetime
) -> Signer:
    """The organization's signer; a first key, or one in place of a lost one, is made.

    Call it with the organization's tree head locked, so that two clocks make one key. A log keeps
    the name that it began with, e.g. "sms.example.com/1", whatever the host is called later.
    """
    known = keys_of(session, organization_id)
    name = known[0].name if known else f"{host}/{organization_id}"
    for key in reversed(known):
        if key.retired_at is None and key.private_key is not None:
            try:
                return Signer(name, _open(key.private_key, key, secret_key), key.created_at)
            except InvalidTag:
                log.error("log.key_lost", organization=organization_id, key=key.id)
                key.retired_at, key.private_key = now, None
                session.add(key)
    return Signer(name, _make(session, organization_id, name, secret_key, now), now)


def keys_of(session: Session, organization_id: int) -> list[SigningKey]:
    """Every key that the organization ever had, oldest first."""
    query = select(SigningKey).where(SigningKey.organization_id == organization_id)
    return list(session.exec(query.order_by(col(SigningKey.id))))


def verifier_keys(session: Session, organization_id: int) -> list[VerifierKey]:
    """The public halves of all keys, oldest first; BadNote if a row holds no key."""
    return [VerifierKey(key.name, key.public_key) for key in keys_of(session, organization_id)]


def _make(
    session: Session, organization_id: int, name: str, secret_key: str, now: datetime
) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    key = SigningKey(
        organization_id=organization_id,
        name=name,
        public_key=private.public_key().public_bytes_raw(),
        created_at=now,
    )
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(secret_key).encrypt(nonce, private.private_bytes_raw(), _bound_to(key))
    key.private_key = nonce + sealed
    session.add(key)
    session.flush()
    return private


def _open(sealed: bytes, key: SigningKey, secret_key: str) -> Ed25519PrivateKey:
    """The private half; InvalidTag when it was sealed under another SECRET_KEY, or changed."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    if len(nonce) < _NONCE_BYTES:
        raise InvalidTag
    raw = _cipher(secret_key).decrypt(nonce, content, _bound_to(key))
    return Ed25519PrivateKey.from_private_bytes(raw)


def _cipher(secret_key: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(derive.derive(secret_key.encode()))


def _bound_to(key: SigningKey) -> bytes:
    """A sealed key opens in the row that it was made for only."""
    return f"{key.organization_id} {key.name} ".encode() + key.public_key
