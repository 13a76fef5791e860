"""Checks an audit package without any of the software that made it: plain Python 3.8 or later.

    python verify.py                    the folder that this file is in
    python verify.py PACKAGE.zip        a package that is still packed, or another folder
    python verify.py --key "NAME+ID+KEY"    insist on the key that you got in another way

What it checks is described in README.txt. The exit code is 0 if everything holds, else 1.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

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
    "disclosure": "disclosures.jsonl",
}
LEAVES, EVIDENCE = "leaves.jsonl", "evidence.jsonl"
PROGRAM, STOPS = "program.json", "stop-report.csv"
FOR_EVER = "9999-12-31T23:59:59.999999Z"
MOST_PROBLEMS = 50
ZIP_LIMIT, ZIP_FULL = 2**31 - 1, 2**32 - 1

if TYPE_CHECKING:  # names for those who read; an older Python does not know them
    from collections.abc import Callable, Iterator

    Say = Callable[[str], None]
    Keys = dict[tuple[str, bytes], bytes]
    Point = tuple[int, int, int, int]


class Broken(Exception):
    """Something does not hold: in which file, and what."""


class Package:
    """The files of a package, in a folder or in a zip."""

    def __init__(self, place: Path) -> None:
        if not place.exists():
            raise Broken("there is no such file or folder")
        self.place = place
        self.zip = None if place.is_dir() else zipfile.ZipFile(place)

    def names(self) -> list[str]:
        """Every file's name, and that of what leads to none: a link to a folder, an empty folder.
        One that is twice in a zip is twice here."""
        if self.zip:
            return [entry.filename for entry in self.zip.infolist()]
        files = (
            file
            for file in self.place.rglob("*")
            if file.is_symlink() or not file.is_dir() or not any(file.iterdir())
        )
        return [file.relative_to(self.place).as_posix() for file in files]

    def open(self, name: str) -> IO[bytes]:
        if name not in self.zip.namelist() if self.zip else not (self.place / name).is_file():
            raise Broken(f"{name}: it is missing")
        return self.zip.open(name) if self.zip else (self.place / name).open("rb")

    def text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read().decode("utf-8")

    def sha256(self, name: str) -> str:
        with self.open(name) as file:
            return sha256_of(file)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The JSON objects of a file, one a line."""
        with self.open(name) as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                except ValueError:
                    row = None
                if not isinstance(row, dict):
                    raise Broken(f"{name}: line {number} is not a JSON object")
                yield row


def sha256_of(file: IO[bytes], most: int = sys.maxsize) -> str:
    """The SHA-256 (hex) of what is left of a file, or of the next `most` bytes of it."""
    digest = hashlib.sha256()
    while most:
        part = file.read(min(most, 1 << 20))
        if not part:
            break
        digest.update(part)
        most -= len(part)
    return digest.hexdigest()


def zip_problem(place: Path, archive: zipfile.ZipFile, signed: str) -> str:
    """What is wrong with a zip outside of its files; "" when every byte is as it was made.

    `signed` gives the hash of all that comes before the signed note. What follows the note is a
    table of contents, which is made here anew from the rest.
    """
    stated, entries = re.fullmatch(r"zip (\d+) sha256 ([0-9a-f]{64})", signed), archive.infolist()
    note = entries[-1]
    if not stated or note.filename != MANIFEST_NOTE or note.header_offset != int(stated[1]):
        return f"{MANIFEST_NOTE} is not at its end"
    # Stored as it is, dated 1 January 1980.
    about = (20, 0, 0, 0, 33, note.CRC, note.file_size, note.file_size, len(MANIFEST_NOTE), 0)
    header = b"PK\3\4" + struct.pack("<5H3L2H", *about) + MANIFEST_NOTE.encode()
    with place.open("rb") as file:
        if sha256_of(file, note.header_offset) != stated[2]:
            return "it was changed in or between its files"
        if file.read(len(header)) != header:
            return f"the header of {MANIFEST_NOTE} was changed"
        start = file.tell() + note.file_size
        table = b"".join(_table_entry(file, entry.header_offset) for entry in entries)
        file.seek(start)
        if file.read() != table + _table_end(len(entries), len(table), start):
            return "its table of contents was changed"
    return ""


def _table_entry(file: IO[bytes], offset: int) -> bytes:
    """What a zip's table of contents says of the file whose header is at `offset`."""
    file.seek(offset)
    header = file.read(30)
    name, extra = (file.read(length) for length in struct.unpack("<2H", header[26:]))
    packed, whole = struct.unpack("<2L", header[18:26])
    if extra:  # the sizes have 64 bits
        whole, packed = struct.unpack("<2Q", extra[4:20])
    is_big, is_far = max(whole, packed) > ZIP_LIMIT, offset > ZIP_LIMIT
    large = [whole, packed] * is_big + [offset] * is_far
    more = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = max(header[4], 45 if large else 0)
    sizes = [ZIP_FULL, ZIP_FULL] if is_big else [packed, whole]
    return b"".join(
        (
            b"PK\1\2" + bytes([version, 3, version]) + header[5:18],
            struct.pack("<2L5H", *sizes, len(name), len(more), 0, 0, 0),
            struct.pack("<2L", 0o600 << 16, ZIP_FULL if is_far else offset),
            name + more,
        )
    )


def _table_end(count: int, length: int, start: int) -> bytes:
    """The end of a zip whose table of contents begins at `start`."""
    far = b""
    if start > ZIP_LIMIT:
        far = struct.pack("<4sQ2H2L", b"PK\6\6", 44, 45, 45, 0, 0)
        far += struct.pack("<4Q", count, count, length, start)
        far += struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1)
    about = (b"PK\5\6", 0, 0, count, count, length, min(start, ZIP_FULL), 0)
    return far + struct.pack("<4s4H2LH", *about)


# -- signatures ---------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


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
    # The prefix says "an Ed25519 public key" (RFC 8410).
    der = bytes.fromhex("302a300506032b6570032100") + key
    options = ["-verify", "-pubin", "-keyform", "DER", "-rawin"]
    with tempfile.TemporaryDirectory() as folder:
        for option, part in (("-inkey", der), ("-sigfile", signature), ("-in", message)):
            path = Path(folder) / option
            path.write_bytes(part)
            options += [option, str(path)]
        told = _run([command, "pkeyutl", *options])
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


def keys_of(text: str) -> Keys:
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


def signed_text(note: str, keys: Keys, check: Any) -> str:
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
            raise ValueError(f"it is signed by another key than {KEYS} (or --key) gives")
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
        self.size, self.peaks = 0, []  # type: int, list[bytes]

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
        self.pinned = pinned
        self.problems: set[str] = set()
        self.keys: Keys = {}
        self.size, self.root = 0, b""
        self.until = FOR_EVER  # the STOP report and the acts are complete up to then

    def run(self) -> bool:
        """Whether everything holds. Each step goes on after a problem, to say where all are."""
        for name, step in (
            (KEYS, self.read_keys),
            (MANIFEST_NOTE, self.manifest_note),
            (MANIFEST, self.manifest),
            (CHECKPOINT, self.checkpoint),
            (LEAVES, self.leaves),
        ):
            self.attempt(name, step)
        return not self.problems

    def attempt(self, name: str, step: Callable[[], None]) -> None:
        """Do a part of the work; whatever a damaged file makes of it is a problem of that file."""
        try:
            step()
        except Broken as broken:
            self.wrong(str(broken))
        except Exception as error:
            self.wrong(f"{name}: {error or type(error).__name__}")

    def wrong(self, problem: str) -> None:
        if problem in self.problems:  # several steps miss the same file
            return
        self.problems.add(problem)
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

    def manifest_note(self) -> None:
        """What the log's key signed: the manifest's hash, and that of the zip around the files."""
        text = signed_text(self.package.text(MANIFEST_NOTE), self.keys, self.check_signature)
        _, _, manifest, around, until = text.splitlines()
        self.until = until.split(" ", 1)[1]
        if manifest != f"sha256 {self.package.sha256(MANIFEST)}":
            self.wrong(f"{MANIFEST}: it is not the one that was signed")
        if self.package.zip is None:
            self.say("note   an unpacked package: only the zip itself was also signed as a whole")
        elif problem := zip_problem(self.package.place, self.package.zip, around):
            self.wrong(f"{self.package.place.name}: {problem}")

    def manifest(self) -> None:
        """Each file has the hash that the manifest gives, and there are no others."""
        there = Counter(self.package.names())
        listed = {}
        for name in (MANIFEST, MANIFEST_NOTE):
            self.once(name, there)
        for line in self.package.text(MANIFEST).splitlines():
            digest, name = line.split("  ", 1)
            listed[name] = digest
        for name, digest in listed.items():
            if self.once(name, there):
                self.attempt(name, partial(self.file, name, digest))
        for name in sorted(there.keys() - listed.keys() - {MANIFEST, MANIFEST_NOTE}):
            self.wrong(f"{name}: it is not part of the package")
        self.say(f"read   {len(listed)} files against the signed manifest")

    def once(self, name: str, there: Counter[str]) -> bool:
        """Whether there is exactly one file of this name."""
        if there[name] != 1:
            self.wrong(f"{name}: it is " + ("there twice" if there[name] else "missing"))
        return there[name] == 1

    def file(self, name: str, digest: str) -> None:
        if self.package.sha256(name) != digest:
            raise Broken(f"{name}: it was changed (its SHA-256 is not the manifest's)")

    def checkpoint(self) -> None:
        """The log's signature under the size and root of its tree."""
        note = self.package.text(CHECKPOINT)
        origin, size, root = signed_text(note, self.keys, self.check_signature).splitlines()[:3]
        self.size, self.root = int(size), exact_base64(root)
        self.say(f"read   the checkpoint of {origin}: {self.size:,} leaves, root {root}")

    def leaves(self) -> None:
        """Every leaf, in order: its hash, the tree's root, and what the log says there."""
        told = {name: self.package.rows(name) for name in KINDS.values()}
        evidence, shown = self.package.rows(EVIDENCE), self.disclosures()
        counts = dict.fromkeys(KINDS.values(), 0)
        tree, standing, erased = Tree(), Standing(self.until), Erased(self.until)
        for index, row in enumerate(self.package.rows(LEAVES)):
            if row["index"] != index:
                raise Broken(f"{LEAVES}: leaf {index} is missing")
            if "leaf" not in row:
                tree.append(bytes.fromhex(row["hash"]))
                continue
            leaf = row["leaf"].encode()
            tree.append(hashlib.sha256(b"\x00" + leaf).digest())
            fact = json.loads(leaf)
            name = KINDS[fact["type"]]
            counts[name] += 1
            if next(told[name], None) != {"leaf_index": index, **fact}:
                raise Broken(f"{name}: it does not say what leaf {index} says")
            if fact["type"] == "disclosure" and fact["sha256"] != shown.get(fact["disclosure"]):
                what = f"disclosure {fact['disclosure']}"
                raise Broken(f"{PROGRAM}: {what} is not what leaf {index} says")
            if fact["type"] == "consent":
                if shown.get(fact["disclosure"]) != fact["disclosure_sha256"]:
                    what = f"disclosure {fact['disclosure']} of event {fact['event']}"
                    raise Broken(f"{PROGRAM}: {what} is not what the person saw")
                self.evidence(fact, next(evidence, None), erased)
            standing.see(fact)
            erased.see(fact)
        self.ends({**told, EVIDENCE: evidence})
        if (tree.size, tree.root()) != (self.size, self.root):
            raise Broken(
                f"{LEAVES}: its {tree.size:,} leaves do not make the root of the checkpoint"
            )
        self.say(f"read   {tree.size:,} leaves: their Merkle root is the checkpoint's")
        for name, count in counts.items():
            self.say(f"read   {count:,} rows of {name}, each equal to its leaf")
        self.erasures(erased, counts[KINDS["consent"]])
        self.stops(standing)

    def ends(self, files: dict[str, Iterator[dict[str, Any]]]) -> None:
        """Nothing is left of files that were read along with the leaves."""
        for name, rest in files.items():
            if next(rest, None) is not None:
                raise Broken(f"{name}: it says more than the log")

    def erasures(self, erased: Erased, events: int) -> None:
        """What is gone was erased on record."""
        self.say(f"read   the evidence of {events - erased.count:,} events")
        self.say(f"note   the evidence of {erased.count:,} events was erased; they still count")
        for person in erased.unexplained()[:MOST_PROBLEMS]:
            self.wrong(f"{EVIDENCE}: that of subscriber {person} is gone, and no act says why")

    def disclosures(self) -> dict[int | None, str | None]:
        """The hash of what each version of the program's disclosure showed."""
        record = json.loads(self.package.text(PROGRAM))
        hashes: dict[int | None, str | None] = {None: None}
        for one in record["disclosures"]:
            shown = {name: one[name] for name in ("text", "terms_url", "privacy_url")}
            hashes[one["id"]] = hashlib.sha256(canonical(shown)).hexdigest()
        return hashes

    def evidence(self, fact: dict[str, Any], row: dict[str, Any] | None, erased: Erased) -> None:
        """That of an event is what was committed to, or it was erased."""
        if row is None or row["event"] != fact["event"]:
            raise Broken(f"{EVIDENCE}: that of event {fact['event']} is missing")
        if row["erased_at"] is not None and row["content"] is None and row["salt"] is None:
            erased.piece(fact["subscriber"], row["erased_at"])
            return
        content = bytes.fromhex(row["salt"]) + canonical(row["content"])
        if hashlib.sha256(content).hexdigest() != fact["commitment"]:
            raise Broken(f"{EVIDENCE}: that of event {fact['event']} is not what was committed to")

    def stops(self, standing: Standing) -> None:
        """The STOP report counts as many revocations as the log holds."""
        with self.package.open(STOPS) as file:
            line = file.readline().decode("utf-8").strip()
        if line != f"revocations,{standing.revocations}":
            raise Broken(f"{STOPS}: the log has {standing.revocations:,} revocations")
        self.say(f"count  {standing.revocations:,} revocations, as in {STOPS}")
        self.say("count  messages handed over after one, without a new opt-in: "
                 f"{standing.wrong:,}")  # fmt: skip


class Standing:
    """Who has revoked, as the log tells it: what the STOP report says, counted once more.

    A message gets its leaf when the provider's answer to it is written down, which may be after
    that of a revocation or of a return which came in the meantime. So it is judged by the times.
    """

    def __init__(self, until: str) -> None:
        self.until = until
        # For each person the spans in which they had revoked: from when, until when.
        self.revoked: dict[int, list[list[str]]] = {}
        self.revocations = self.wrong = 0

    def see(self, fact: dict[str, Any]) -> None:
        spans = self.revoked.get(fact.get("subscriber", 0), [])
        if fact["type"] == "consent" and fact["kind"] in ("opted_out", "deactivated"):
            self.revocations += fact["occurred_at"] < self.until
            if not spans or spans[-1][1] != FOR_EVER:
                self.revoked[fact["subscriber"]] = [*spans, [fact["occurred_at"], FOR_EVER]]
        elif fact["type"] == "consent" and fact["kind"] == "opted_in" and spans:
            spans[-1][1] = min(spans[-1][1], fact["occurred_at"])
        elif fact["type"] in ("submission", "notice"):
            at = fact["submitted_at"]
            self.wrong += any(since < at < until for since, until in spans)


class Erased:
    """Evidence that is gone, and the acts that explain it: of a person, or by age at a time."""

    def __init__(self, until: str) -> None:
        self.until, self.count = until, 0
        self.people: set[int] = set()
        self.expired: Counter[str] = Counter()
        self.gone: dict[int, Counter[str]] = {}

    def piece(self, person: int, erased_at: str) -> None:
        self.count += 1
        if erased_at < self.until:
            self.gone.setdefault(person, Counter())[erased_at] += 1

    def see(self, fact: dict[str, Any]) -> None:
        if fact["type"] == "audit" and fact["kind"] == "erased":
            self.people.add(fact["subject"]["subscriber"])
        elif fact["type"] == "audit" and fact["kind"] == "expired":
            self.expired[fact["occurred_at"]] += fact["subject"].get("evidence", 0)

    def unexplained(self) -> list[int]:
        """The people of whom something is gone that no act tells of."""
        for person, times in self.gone.items():
            if person not in self.people:
                self.expired.subtract(times)
        return [
            person
            for person, times in self.gone.items()
            if person not in self.people and any(self.expired[at] < 0 for at in times)
        ]


def main() -> int:
    reader = argparse.ArgumentParser(description="Checks an audit package.")
    reader.add_argument("package", nargs="?", type=Path, default=Path(__file__).parent)
    reader.add_argument("--key", help="the log's public key (name+id+key), got in another way")
    reader.add_argument("--with", dest="way", choices=WAYS, help="how to check signatures")
    asked = reader.parse_args()
    way, signer = verifier(asked.way)

    def say(line: str) -> None:
        sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")

    own = "own arithmetic (the package cryptography and the command openssl are not used)"
    say(f"using  {own if way == 'python' else way} to check signatures")
    try:
        package = Package(asked.package)
    except Exception as error:  # whatever a damaged zip makes of it
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
