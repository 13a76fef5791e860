"""Signed notes (https://c2sp.org/signed-note) and checkpoints (https://c2sp.org/tlog-checkpoint).

A note is a text that ends with a newline, an empty line, and signature lines. Only Ed25519 (type
0x01) is signed and checked here. Pure: nothing is read or written.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

_ED25519 = b"\x01"
_MOST_SIGNATURES = 100  # as golang.org/x/mod/sumdb/note, so that both read the same notes
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})\Z")
_VKEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})\Z")
_CIRCUMSTANCES = re.compile(r"after (0|[1-9][0-9]{0,18})\nsigned (\S+)\nkey-made (\S+)\n")
_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")


class BadNote(ValueError):
    """A note, checkpoint or key is malformed or does not verify; the sentence says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name. As text it is a "vkey": name, key id and key."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise BadNote("A key's name is not empty and has neither spaces nor a plus sign.")
        if len(self.public_key) != 32:
            raise BadNote("An Ed25519 public key has 32 bytes.")

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key
        return hashlib.sha256(named).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(_ED25519 + self.public_key)}"


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint states: the log named `origin` has `size` leaves and this root hash."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a checkpoint of ours says beyond the tree, in extension lines: the size of the
    checkpoint before it, when it was signed, and when its key was made. So none can be taken out
    of the middle, and no date be changed, without another signature."""

    after: int
    signed: str
    key_made: str


def is_name(text: str) -> bool:
    """Whether a key can have this name."""
    return bool(text) and "+" not in text and not any(map(str.isspace, text))


def parse_vkey(text: str) -> VerifierKey:
    """The key that a vkey string holds; BadNote when it is malformed or of another kind."""
    match = _VKEY.match(text)
    if match is None:
        raise BadNote("A verifier key reads name+8 hex digits+base64.")
    kind_and_key = _from_base64(match[3])
    if kind_and_key[:1] != _ED25519:
        raise BadNote("Only Ed25519 verifier keys are known.")
    key = VerifierKey(match[1], kind_and_key[1:])
    if key.key_id.hex() != match[2]:
        raise BadNote("The verifier key's id does not fit its name and key.")
    return key


def sign(text: str, name: str, private_key: Ed25519PrivateKey) -> str:
    """The note that holds `text`, signed by one key."""
    if not _is_text(text):
        _malformed()
    key = VerifierKey(name, private_key.public_key().public_bytes_raw())
    signature = key.key_id + private_key.sign(text.encode())
    return f"{text}\n— {name} {_to_base64(signature)}\n"


def verify(note: str, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that one of `keys` signed.

    Signatures by unknown keys are passed over. BadNote when none is by a known key, or when one
    that claims to be is wrong.
    """
    text, signatures = _parse(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = False
    for name, signature in signatures:
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature[4:], text.encode())
        except InvalidSignature:
            raise BadNote(f"The signature of {name} is wrong.") from None
        verified = True
    if not verified:
        raise BadNote("None of the known keys signed this note.")
    return text


def checkpoint_text(origin: str, size: int, root: bytes, about: Circumstances | None = None) -> str:
    """The text of a checkpoint: three lines, as c2sp.org/tlog-checkpoint has them, and three
    extension lines, which other tools pass over."""
    if not origin or "\n" in origin or size < 0:
        raise BadNote("A checkpoint needs an origin of one line and a size.")
    more = (
        f"after {about.after}\nsigned {about.signed}\nkey-made {about.key_made}\n" if about else ""
    )
    return f"{origin}\n{size}\n{_to_base64(root)}\n{more}"


def parse_checkpoint(text: str) -> TreeHead:
    """What the text of a checkpoint states; further (extension) lines are passed over."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.match(lines[1]):
        raise BadNote("A checkpoint has an origin, a size and a root hash, each on its line.")
    return TreeHead(lines[0], int(lines[1]), _from_base64(lines[2]))


def circumstances(text: str) -> Circumstances | None:
    """What the extension lines of a checkpoint's text say; None where there are none of ours."""
    match = _CIRCUMSTANCES.fullmatch("\n".join(text.split("\n")[3:]))
    return Circumstances(int(match[1]), match[2], match[3]) if match else None


def signers(note: str) -> list[bytes]:
    """The ids of the keys that a note names, whether or not their signatures hold."""
    return [signature[:4] for _, signature in _parse(note)[1]]


def _parse(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    head, divider, tail = note.rpartition("\n\n")
    text = head + "\n"
    if not divider or not _is_text(text) or not tail.endswith("\n"):
        _malformed()
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        _malformed()
    return text, [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE.match(line)
    if match is None or not is_name(match[1]):
        _malformed()
    signature = _from_base64(match[2])
    if len(signature) < 5:
        _malformed()
    return match[1], signature


def _is_text(text: str) -> bool:
    return text.endswith("\n") and all(letter >= " " or letter == "\n" for letter in text)


def _malformed() -> NoReturn:
    raise BadNote("This is not a signed note.")


def _to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _from_base64(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("The base64 is malformed.") from None
    if _to_base64(content) != text:  # one way only to write the same bytes
        raise BadNote("The base64 is malformed.")
    return content
