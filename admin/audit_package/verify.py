"""Checks an audit package without any of the software that made it: plain Python 3.11 or later.

    python verify.py                    the folder that this file is in
    python verify.py PACKAGE.zip        a package that is still packed, or another folder
    python verify.py --key "NAME+ID+KEY"    insist on the key that you got in another way

What it checks is described in README.txt. The exit code is 0 if everything holds, else 1.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

MANIFEST, MANIFEST_NOTE, CHECKPOINT, KEYS = (
    "manifest.txt",
    "manifest.note",
    "checkpoint.txt",
    "keys.txt",
)
KINDS = {
    "consent": "events.jsonl",
    "submission": "submissions.jsonl",
    "notice": "submissions.jsonl",
    "audit": "acts.jsonl",
}
LEAVES, EVIDENCE = "leaves.jsonl", "evidence.jsonl"
FOR_EVER = "~"  # after every time
MOST_PROBLEMS = 50
UNREADABLE = (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error, zipfile.BadZipFile)
Say = Callable[[str], None]


class Broken(Exception):
    """Something does not hold: in which file, and what."""


class Package:
    """The files of a package, in a folder or in a zip."""

    def __init__(self, place: Path) -> None:
        self.folder = place if place.is_dir() else None
        self.zip = None if self.folder else zipfile.ZipFile(place)

    def names(self) -> list[str]:
        """Every file's name; one that is twice in a zip is twice here."""
        if self.zip:
            return [entry.filename for entry in self.zip.infolist()]
        assert self.folder
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return [file.relative_to(self.folder).as_posix() for file in files]

    def open(self, name: str) -> IO[bytes]:
        if self.zip:
            return self.zip.open(name)
        assert self.folder
        return (self.folder / name).open("rb")

    def text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read().decode("utf-8")

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.open(name) as file:
            while part := file.read(1 << 20):
                digest.update(part)
        return digest.hexdigest()

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The JSON objects of a file, one a line."""
        with self.open(name) as file:
            for line in file:
                yield json.loads(line)


# -- signatures ---------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def by_cryptography(key: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519 by the package `cryptography`; ImportError where it is not installed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def by_openssl(key: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519 by the command `openssl`, version 3; ImportError where it is missing or older."""
    command = shutil.which("openssl")
    if command is None or b"-rawin" not in _run([command, "pkeyutl", "-help"]):
        raise ImportError("openssl")
    with tempfile.TemporaryDirectory() as folder:
        names = ("key", "signature", "message")
        # The prefix says "an Ed25519 public key" (RFC 8410).
        parts = (bytes.fromhex("302a300506032b6570032100") + key, signature, message)
        for name, part in zip(names, parts, strict=True):
            (Path(folder) / name).write_bytes(part)
        files = [str(Path(folder) / name) for name in names]
        options = ["-verify", "-pubin", "-keyform", "DER", "-rawin"]
        told = _run(
            [
                command,
                "pkeyutl",
                *options,
                "-inkey",
                files[0],
                "-sigfile",
                files[1],
                "-in",
                files[2],
            ]
        )
    return b"Verified Successfully" in told


def _run(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


def by_python(key: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519 as RFC 8032, section 6, writes it; slow, and enough for two signatures."""
    public, commitment = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or len(signature) != 64 or scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    factor = int.from_bytes(hashed, "little") % ORDER
    base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    assert base is not None
    left, right = _times(scalar, base), _add(commitment, _times(factor, public))
    return (
        left[0] * right[2] % P == right[0] * left[2] % P
        and left[1] * right[2] % P == right[1] * left[2] % P
    )


def _point(packed: bytes) -> Point | None:
    number = int.from_bytes(packed, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    if len(packed) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


def _add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


WAYS = {"cryptography": by_cryptography, "openssl": by_openssl, "python": by_python}


def verifier(wanted: str | None) -> tuple[str, Callable[[bytes, bytes, bytes], bool]]:
    """The first way to check a signature that works here, or the wanted one."""
    for name in [wanted] if wanted else WAYS:
        # The second test of RFC 8032, section 7.1: a message of one byte.
        key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        signature = (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        with suppress(ImportError):
            if WAYS[name](bytes.fromhex(key), bytes.fromhex(signature), b"r"):
                return name, WAYS[name]
    raise SystemExit(f"There is no {wanted or 'way'} to check signatures on this machine.")


# -- the parts of a package ---------------------------------------------------------------------


def exact_base64(text: str) -> bytes:
    """Base64 in its one proper spelling, so that no byte can change without being noticed."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("this is not how base64 is written")
    return content


def keys_of(text: str) -> dict[tuple[str, bytes], bytes]:
    """The verifier keys of a text, one a line: name + id + base64 of 0x01 and the key."""
    keys = {}
    for line in text.splitlines():
        name, key_id, packed = line.split("+", 2)
        raw = exact_base64(packed)
        found = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if raw[:1] != b"\x01" or len(raw) != 33 or found.hex() != key_id:
            raise ValueError("a key does not fit its name and id")
        keys[name, found] = raw[1:]
    return keys


def signed_text(note: str, keys: dict[tuple[str, bytes], bytes], check: Any) -> str:
    """The text of a signed note (c2sp.org/signed-note), whose every signature must hold."""
    text, _, tail = note.rpartition("\n\n")
    lines = re.fullmatch(r"(?:\u2014 \S+ [A-Za-z0-9+/=]+\n)+", tail)
    if not text or lines is None:
        raise ValueError("this is not a signed note")
    for line in tail.splitlines():
        _, name, packed = line.split(" ")
        signature = exact_base64(packed)
        key = keys.get((name, signature[:4]))
        if key is None:
            raise ValueError(f"it is signed by a key that is not in {KEYS}")
        if not check(key, signature[4:], text.encode() + b"\n"):
            raise ValueError(f"the signature of {name} is wrong")
    return text + "\n"


def canonical(value: Any) -> bytes:
    """RFC 8785 JSON, of the texts and whole numbers that evidence is made of."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


class Tree:
    """The root of an RFC 6962 Merkle tree, leaf hash by leaf hash."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, list[bytes]()

    def append(self, edge: bytes) -> None:
        full, self.size = self.size, self.size + 1
        while full & 1:
            edge = hashlib.sha256(b"\x01" + self.peaks.pop() + edge).digest()
            full >>= 1
        self.peaks.append(edge)

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256().digest()
        edge = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            edge = hashlib.sha256(b"\x01" + peak + edge).digest()
        return edge


# -- the checks ---------------------------------------------------------------------------------


class Check:
    """One run over a package; `problems` is empty if everything holds."""

    def __init__(self, package: Package, say: Say, signer: Any, pinned: str | None) -> None:
        self.package, self.say, self.check_signature = package, say, signer
        self.pinned, self.problems = pinned, list[str]()
        self.keys: dict[tuple[str, bytes], bytes] = {}
        self.size, self.root = 0, b""

    def run(self) -> bool:
        """Whether everything holds. Each step goes on after a problem, to say where all are."""
        for name, step in (
            (KEYS, self.read_keys),
            (MANIFEST_NOTE, self.manifest),
            (CHECKPOINT, self.checkpoint),
            (LEAVES, self.leaves),
        ):
            try:
                step()
            except Broken as broken:
                self.wrong(str(broken))
            except UNREADABLE as error:
                self.wrong(f"{name}: {error or type(error).__name__}")
        return not self.problems

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)
        if len(self.problems) <= MOST_PROBLEMS:
            self.say(f"WRONG  {problem}")

    def read_keys(self) -> None:
        self.keys = keys_of(self.package.text(KEYS))
        if self.pinned and self.pinned not in self.package.text(KEYS).splitlines():
            raise Broken(f"{KEYS}: the key that you gave with --key is not in it")
        for name, key_id in self.keys:
            self.say(f"key    {name} {key_id.hex()}")
        if self.pinned:
            self.keys = keys_of(self.pinned)

    def manifest(self) -> None:
        """Each file has the hash that the manifest gives, and the manifest's own is signed."""
        try:
            text = signed_text(self.package.text(MANIFEST_NOTE), self.keys, self.check_signature)
            if text.splitlines()[2:] != [f"sha256 {self.package.sha256(MANIFEST)}"]:
                self.wrong(f"{MANIFEST}: it is not the one that was signed")
        except UNREADABLE as error:
            self.wrong(f"{MANIFEST_NOTE}: {error or type(error).__name__}")
        listed = {}
        try:
            for line in self.package.text(MANIFEST).splitlines():
                digest, name = line.split("  ", 1)
                listed[name] = digest
        except UNREADABLE as error:
            self.wrong(f"{MANIFEST}: {error or type(error).__name__}")
        there = self.package.names()
        for name, digest in listed.items():
            if there.count(name) != 1:
                self.wrong(f"{name}: it is missing" if name not in there else f"{name}: twice")
                continue
            try:
                if self.package.sha256(name) != digest:
                    self.wrong(f"{name}: it was changed (its SHA-256 is not the manifest's)")
            except UNREADABLE as error:
                self.wrong(f"{name}: {error or type(error).__name__}")
        for name in sorted(set(there) - set(listed) - {MANIFEST, MANIFEST_NOTE}):
            self.say(f"note   {name} is not part of the package, and was not looked at")
        self.say(f"read   {len(listed)} files against the signed manifest")

    def checkpoint(self) -> None:
        """The log's signature under the size and root of its tree."""
        note = self.package.text(CHECKPOINT)
        origin, size, root = signed_text(note, self.keys, self.check_signature).splitlines()[:3]
        self.size, self.root = int(size), exact_base64(root)
        self.say(f"read   the checkpoint of {origin}: {self.size:,} leaves, root {root}")

    def leaves(self) -> None:
        """Every leaf, in order: its hash, the tree's root, and what the log says there."""
        told = {name: self.package.rows(name) for name in KINDS.values()}
        evidence = self.package.rows(EVIDENCE)
        counts = dict.fromkeys((*KINDS.values(), "erased"), 0)
        tree, standing = Tree(), Standing()
        for index, row in enumerate(self.package.rows(LEAVES)):
            if row["index"] != index:
                raise Broken(f"{LEAVES}: leaf {index} is missing")
            if "leaf" not in row:
                tree.append(bytes.fromhex(row["hash"]))
                continue
            leaf = row["leaf"].encode()
            tree.append(hashlib.sha256(b"\x00" + leaf).digest())
            fact = json.loads(leaf)
            kind, name = fact["type"], KINDS[fact["type"]]
            counts[name] += 1
            if next(told[name], None) != {"leaf_index": index, **fact}:
                raise Broken(f"{name}: it does not say what leaf {index} says")
            if kind == "consent":
                counts["erased"] += self.evidence(fact, next(evidence, None))
            standing.see(kind, fact)
        for name, rest in [*told.items(), (EVIDENCE, evidence)]:
            if next(rest, None) is not None:
                raise Broken(f"{name}: it says more than the log")
        if (tree.size, tree.root()) != (self.size, self.root):
            raise Broken(
                f"{LEAVES}: its {tree.size:,} leaves do not make the root of the checkpoint"
            )
        self.say(f"read   {tree.size:,} leaves: their Merkle root is the checkpoint's")
        for name in told:
            self.say(f"read   {counts[name]:,} rows of {name}, each equal to its leaf")
        kept = counts[KINDS["consent"]] - counts["erased"]
        self.say(f"read   the evidence of {kept:,} events")
        self.say(f"note   the evidence of {counts['erased']:,} events was erased; they still count")
        self.say(f"count  {standing.revocations:,} revocations; messages handed over after one")
        self.say(f"count  without a new opt-in: {standing.wrong:,}")

    def evidence(self, fact: dict[str, Any], row: dict[str, Any] | None) -> bool:
        """Whether the evidence of an event was erased; else it must be what was committed to."""
        if row is None or row["event"] != fact["event"]:
            raise Broken(f"{EVIDENCE}: that of event {fact['event']} is missing")
        if row["content"] is None:
            return True
        content = bytes.fromhex(row["salt"]) + canonical(row["content"])
        if hashlib.sha256(content).hexdigest() != fact["commitment"]:
            raise Broken(f"{EVIDENCE}: that of event {fact['event']} is not what was committed to")
        return False


class Standing:
    """Who has revoked, as the log tells it: what the STOP report says, counted once more.

    A message gets its leaf when the provider's answer to it is written down, which may be after
    that of a revocation or of a return which came in the meantime. So it is judged by the times.
    """

    def __init__(self) -> None:
        # For each person the spans in which they had revoked: from when, until when.
        self.revoked: dict[int, list[list[str]]] = {}
        self.revocations = self.wrong = 0

    def see(self, kind: str, fact: dict[str, Any]) -> None:
        spans = self.revoked.get(fact.get("subscriber", 0), [])
        if kind == "consent" and fact["kind"] in ("opted_out", "deactivated"):
            self.revocations += 1
            if not spans or spans[-1][1] != FOR_EVER:
                self.revoked[fact["subscriber"]] = [*spans, [fact["occurred_at"], FOR_EVER]]
        elif kind == "consent" and fact["kind"] == "opted_in" and spans:
            spans[-1][1] = min(spans[-1][1], fact["occurred_at"])
        elif kind in ("submission", "notice"):
            at = fact["submitted_at"]
            self.wrong += any(since < at < until for since, until in spans)


def main() -> int:
    reader = argparse.ArgumentParser(description="Checks an audit package.")
    reader.add_argument("package", nargs="?", type=Path, default=Path(__file__).parent)
    reader.add_argument("--key", help="the log's public key (name+id+key), got in another way")
    reader.add_argument("--with", dest="way", choices=WAYS, help="how to check signatures")
    asked = reader.parse_args()
    way, signer = verifier(asked.way)

    def say(line: str) -> None:
        sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")

    say(f"using  {way} to check signatures")
    try:
        package = Package(asked.package)
    except UNREADABLE as error:
        say(f"WRONG  {asked.package.name}: {error}")
        say("VERDICT: FAILED. This cannot be read as a package.")
        return 1
    check = Check(package, say, signer, asked.key)
    if check.run():
        say("VERDICT: WHOLE. Nothing was changed, and the key above signed all of it.")
        if not asked.key:
            say("Compare the key with the one that the organization publishes: see README.txt.")
        return 0
    say(f"VERDICT: FAILED, {len(check.problems):,} problem(s), marked WRONG above.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
