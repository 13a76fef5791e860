"""The last published checkpoint of each organization, kept in a file outside the database.

A database that was restored from a back-up does not know what it has forgotten: opt-outs, say.
The file does. Each process that seals keeps one; they may be several, on several machines.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compliance.notes import BadNote, TreeHead, parse_checkpoint


class BadFile(Exception):
    """The file cannot be read as what this module writes; the sentence says what to do."""


def read(path: Path) -> dict[int, str]:
    """Organization id to signed note; empty when there is no file yet."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        notes = {int(key): str(note) for key, note in content["checkpoints"].items()}
        for note in notes.values():
            tree_of(note)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(
            f"{path} does not hold published checkpoints ({type(error).__name__}). "
            "Put back a copy of it, or remove it to begin anew."
        ) from None
    return notes


def write(path: Path, notes: Mapping[int, str]) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"checkpoints": {str(key): notes[key] for key in sorted(notes)}}
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def tree_of(note: str) -> TreeHead:
    """What a published note states about the tree; BadNote if it is no checkpoint.

    The signature is not looked at: the key may be lost together with the database.
    """
    text, divider, _ = note.rpartition("\n\n")
    if not divider:
        raise BadNote("This is not a signed note.")
    return parse_checkpoint(text + "\n")
