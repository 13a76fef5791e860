"""A zip whose every file's SHA-256 is noted as it is written, and that can be signed as a whole.

verify.py knows how it is laid out: the signed note is the last file, stored as it is, and nothing
but the table of contents follows it.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

_PART = 1 << 20
# The log's hashes do not shrink however hard one tries; the rest shrinks at once.
_COMPRESSION_LEVEL = 3
_NO_DATE = (1980, 1, 1, 0, 0, 0)


class Archive:
    """A zip file in the making. Nothing of a file is kept in memory but one part.

    `out` is empty, can be read back, and can be sought in.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._zip = zipfile.ZipFile(
            out, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL
        )
        self._digests: dict[str, str] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Write one file, part by part."""
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as entry:
            for part in parts:
                digest.update(part)
                entry.write(part)
        self._digests[name] = digest.hexdigest()

    def add_text(self, name: str, text: str) -> None:
        """Write a short file."""
        self.add(name, [text.encode()])

    def add_file(self, name: str, path: Path) -> None:
        """Write a file that lies on disk."""
        with path.open("rb") as file:
            self.add(name, iter(lambda: file.read(_PART), b""))

    def manifest(self) -> str:
        """One line a file, as `sha256sum` writes it."""
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(self._digests.items()))

    def whole(self) -> str:
        """How long the zip is so far, and its SHA-256, in the words that verify.py reads."""
        self._out.flush()
        length = self._out.seek(0, io.SEEK_END)
        self._out.seek(0)
        digest = hashlib.sha256()
        while part := self._out.read(_PART):
            digest.update(part)
        return f"zip {length} sha256 {digest.hexdigest()}"

    def close(self, name: str, note: str) -> None:
        """Write the signed note, and end the zip: without this it has no table of contents."""
        self._zip.writestr(zipfile.ZipInfo(name, _NO_DATE), note.encode())
        self._zip.close()
