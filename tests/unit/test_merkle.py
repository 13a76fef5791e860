"""The Merkle tree against published vectors, and against the RFC's own recursive definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import merkle
from compliance.merkle import BadProof, Frontier

# The reference leaves of the Certificate Transparency test suites, and what is published of them.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"  # leaf 1
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"  # leaves 2-3
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"  # leaves 4-7
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"  # leaf 4
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"  # leaves 6-7
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"  # leaves 4-5
INCLUSION = [
    (0, 1, []),
    (0, 2, [A]),
    (1, 2, [ROOTS[1]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
]
CONSISTENCY = [(1, 1, []), (1, 8, [A, B, C]), (2, 5, [B, D]), (6, 8, [F, E, ROOTS[4]])]


def unhex(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in proof]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    frontier = Frontier()
    for leaf in HASHES[:size]:
        frontier.append(leaf)
    assert frontier.root().hex() == merkle.root(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_the_published_inclusion_proofs(index: int, size: int, proof: list[str]) -> None:
    assert merkle.inclusion_proof(index, HASHES[:size]) == unhex(proof)
    root = bytes.fromhex(ROOTS[size])
    merkle.verify_inclusion(index, size, HASHES[index], unhex(proof), root)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_the_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    assert merkle.consistency_proof(old, HASHES[:new]) == unhex(proof)
    roots = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    merkle.verify_consistency(old, new, unhex(proof), *roots)


# -- the definitions of RFC 6962, section 2.1, written down as they stand -------------------------


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


trees = st.lists(st.binary(max_size=3), min_size=1, max_size=40)


@given(trees, st.data())
def test_it_agrees_with_the_definition_and_proofs_verify(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size = len(leaves)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    assert merkle.root(hashes) == mth(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, hashes)
    assert proof == path(index, leaves)
    merkle.verify_inclusion(index, size, hashes[index], proof, mth(leaves))
    old = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(old, hashes)
    assert proof == subproof(old, leaves, True)
    merkle.verify_consistency(old, size, proof, mth(leaves[:old]), mth(leaves))


@given(trees, st.data())
def test_a_proof_with_one_bit_or_step_changed_fails(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size = len(leaves)
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included = merkle.inclusion_proof(index, hashes)
    consistent = merkle.consistency_proof(old, hashes)
    roots = mth(leaves[:old]), mth(leaves)
    for wrong in mutations(included, data):
        with pytest.raises(BadProof):
            merkle.verify_inclusion(index, size, hashes[index], wrong, roots[1])
    for wrong in mutations(consistent, data):
        with pytest.raises(BadProof):
            merkle.verify_consistency(old, size, wrong, *roots)
    with pytest.raises(BadProof):
        merkle.verify_inclusion(index, size, merkle.leaf_hash(b"another"), included, roots[1])


def mutations(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    wrong = [[*proof, bytes(32)], [bytes(32), *proof], [*proof, b"short"]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        wrong += [proof[:-1], proof[1:], [*proof[:at], flipped, *proof[at + 1 :]]]
    return wrong


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_frontier_goes_on_from_what_was_kept(before: int, after: int) -> None:
    hashes = [merkle.leaf_hash(str(at).encode()) for at in range(before + after)]
    first = Frontier()
    for leaf in hashes[:before]:
        first.append(leaf)
    kept = Frontier.load(first.size, first.dump())
    for leaf in hashes[before:]:
        kept.append(leaf)
    assert kept.root() == merkle.root(hashes)
    assert len(kept.dump()) <= 32 * 64


@pytest.mark.parametrize(("size", "peaks"), [(1, b""), (3, bytes(32)), (-1, b""), (0, bytes(32))])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, peaks: bytes) -> None:
    with pytest.raises(ValueError, match="has no edge"):
        Frontier.load(size, peaks)


@pytest.mark.parametrize(
    ("old", "new", "proof", "why"),
    [
        (9, 8, [], "was never one of"),
        (0, 8, [], "nothing to prove"),
        (8, 8, [A], "must be empty"),
        (6, 8, [], "empty"),
        (4, 8, [A], "does not lead|not the beginning"),
    ],
)
def test_errors_say_what_is_wrong(old: int, new: int, proof: list[str], why: str) -> None:
    roots = bytes.fromhex(ROOTS[min(old, 8)]), bytes.fromhex(ROOTS[new])
    with pytest.raises(BadProof, match=why):
        merkle.verify_consistency(old, new, unhex(proof), *roots)


def test_two_roots_for_one_size_and_a_leaf_outside_the_tree() -> None:
    with pytest.raises(BadProof, match="two different roots"):
        merkle.verify_consistency(2, 2, [], bytes.fromhex(ROOTS[2]), bytes.fromhex(ROOTS[3]))
    with pytest.raises(BadProof, match="no leaf 8 in a tree of 8"):
        merkle.verify_inclusion(8, 8, HASHES[7], [], bytes.fromhex(ROOTS[8]))
    with pytest.raises(IndexError, match="no leaf 8"):
        merkle.inclusion_proof(8, HASHES)
    with pytest.raises(ValueError, match="was never one of 9"):
        merkle.consistency_proof(9, HASHES)
