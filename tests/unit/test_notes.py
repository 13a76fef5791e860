"""Signed notes, with the published key and note of Go's own implementation."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance import notes
from compliance.notes import BadNote, TreeHead, VerifierKey

# The example of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETERS_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETERS_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCHS_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTG"
    "wnWLox33WWd1RvMc+QQ=\n"
)
NOTE = f"{TEXT}\n{PETERS_LINE}"
peter, enoch = notes.parse_vkey(PETER), notes.parse_vkey(ENOCH)


def test_it_signs_the_published_note() -> None:
    key = Ed25519PrivateKey.from_private_bytes(PETERS_SEED)
    assert notes.sign(TEXT, "PeterNeumann", key) == NOTE


def test_a_key_reads_and_writes_as_published() -> None:
    assert (str(peter), str(enoch)) == (PETER, ENOCH)
    assert peter.key_id.hex() == "c74f20a3"


def test_a_known_signature_is_enough_and_unknown_ones_are_passed_over() -> None:
    assert notes.verify(NOTE, [peter]) == TEXT
    assert notes.verify(NOTE + ENOCHS_LINE, [peter]) == TEXT
    assert notes.verify(NOTE + ENOCHS_LINE, [enoch]) == TEXT
    with pytest.raises(BadNote, match="None of the known keys"):
        notes.verify(NOTE, [enoch])
    with pytest.raises(BadNote, match="None of the known keys"):
        notes.verify(NOTE, [])


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("problem is", "problem was"),
        f"{TEXT}\n{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}",
        NOTE + PETERS_LINE.replace("JnAM", "JnAN"),
    ],
)
def test_a_wrong_signature_of_a_known_key_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        notes.verify(note, [peter])


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        "\x01" + NOTE,
        NOTE.replace("PeterNeumann", "Bad Name"),
        NOTE + "Unexpected line.\n",
        f"{TEXT}\n{PETERS_LINE * 101}",
        "",
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote, match="not a signed note"):
        notes.verify(note, [peter])


def test_every_mangled_key_is_refused() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if end - start < len(PETER):
                refused(PETER[start:end])
    for at in range(len(PETER)):
        refused(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])
    refused("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    refused("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


def refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_vkey(vkey)


def test_a_checkpoint_is_three_lines() -> None:
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    text = notes.checkpoint_text("example.com/behind-the-sofa", 20852163, root)
    # The example of https://c2sp.org/tlog-checkpoint.
    assert text == (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    head = TreeHead("example.com/behind-the-sofa", 20852163, root)
    assert notes.parse_checkpoint(text) == head
    assert notes.parse_checkpoint(text + "an extension\n") == head


@pytest.mark.parametrize("text", ["", "a\n1\n", "\n1\nAA==\n", "a\n01\nAA==\n", "a\n-1\nAA==\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)


def test_an_origin_cannot_smuggle_in_a_size() -> None:
    with pytest.raises(BadNote):
        notes.checkpoint_text("evil\n999", 1, bytes(32))


@pytest.mark.parametrize(("name", "key"), [("a b", bytes(32)), ("a+b", bytes(32)), ("a", b"x")])
def test_a_key_has_a_plain_name_and_the_right_length(name: str, key: bytes) -> None:
    with pytest.raises(BadNote):
        VerifierKey(name, key)


def test_a_text_without_its_newline_is_not_signed() -> None:
    with pytest.raises(BadNote):
        notes.sign("abc", "a", Ed25519PrivateKey.generate())
