"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, and the two kinds of proof.

Pure: it takes and gives bytes. A "hash" is 32 bytes of SHA-256. A proof is a list of hashes, as
the RFC orders them. Verifying follows RFC 9162, sections 2.1.3.2 and 2.1.4.2, which describe the
same proofs.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


class BadProof(ValueError):
    """A proof does not show what it claims; the sentence says why."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf): the prefix keeps a leaf from passing for an inner node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    It keeps the roots of the complete subtrees that the tree is made of, largest first: one for
    each 1 in the binary form of `size`, so at most 64.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash on the right; as many hashings as the tree is high, at most."""
        full = self.size
        while full & 1:  # a complete subtree of the same height waits to its left
            leaf = node_hash(self._peaks.pop(), leaf)
            full >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append one leaf hash after the other; a third faster than as many calls."""
        size, peaks, sha256 = self.size, self._peaks, hashlib.sha256
        for leaf in leaves:
            full = size
            while full & 1:
                leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
                full >>= 1
            peaks.append(leaf)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The Merkle tree hash of everything appended."""
        if not self._peaks:
            return EMPTY_ROOT
        edge = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            edge = node_hash(peak, edge)
        return edge

    def dump(self) -> bytes:
        """The peaks, one after the other, largest subtree first. `load` needs `size` as well."""
        return b"".join(self._peaks)

    @classmethod
    def load(cls, size: int, peaks: bytes) -> "Frontier":
        """The frontier that `dump` gave; ValueError when peaks and size do not fit together."""
        if size < 0 or len(peaks) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"A tree of {size} leaves has no edge of {len(peaks)} bytes.")
        frontier = cls()
        frontier.size = size
        frontier._peaks = [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)]
        return frontier


def root(hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes."""
    return _root(hashes, 0, len(hashes))


def inclusion_proof(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH(index, D[n]): what leads from one leaf to the root over all of `hashes`.

    IndexError when there is no leaf of that index. Hashes all leaves once.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(f"There is no leaf {index} in a tree of {len(hashes)}.")
    proof: list[bytes] = []
    low, high = 0, len(hashes)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_root(hashes, middle, high))
            high = middle
        else:
            proof.append(_root(hashes, low, middle))
            low = middle
    proof.reverse()
    return proof


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes
) -> None:
    """BadProof unless the leaf hash stands at `index` of the tree of `size` with that root."""
    if not 0 <= index < size:
        raise BadProof(f"There is no leaf {index} in a tree of {size}.")
    _check_hashes([leaf, *proof])
    at, last, edge = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise BadProof("The inclusion proof is too long for this tree.")
        if at & 1 or at == last:
            edge = node_hash(step, edge)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            edge = node_hash(edge, step)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise BadProof("The inclusion proof is too short for this tree.")
    if edge != expected_root:
        raise BadProof(f"Leaf {index} does not lead to the root of the tree of {size}.")


def consistency_proof(old_size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]): shows that the tree of the first `old_size` leaves grew into this one.

    Empty for equal sizes and for an old size of zero. ValueError when the old tree is larger.
    """
    size = len(hashes)
    if not 0 <= old_size <= size:
        raise ValueError(f"A tree of {size} leaves was never one of {old_size}.")
    if old_size in (0, size):
        return []
    proof: list[bytes] = []
    low, high, left = 0, size, old_size
    is_old_root = True  # whether low..high is a subtree that whoever checks knows the hash of
    while left != high - low:
        middle = low + _split(high - low)
        if left <= middle - low:
            proof.append(_root(hashes, middle, high))
            high = middle
        else:
            proof.append(_root(hashes, low, middle))
            left -= middle - low
            low, is_old_root = middle, False
    if not is_old_root:
        proof.append(_root(hashes, low, high))
    proof.reverse()
    return proof


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """BadProof unless the tree of `new_size` begins with all of the tree of `old_size`."""
    if not 0 <= old_size <= new_size:
        raise BadProof(f"A tree of {new_size} leaves was never one of {old_size}.")
    _check_hashes(proof)
    if old_size == new_size:
        _check_same(new_size, proof, old_root, new_root)
        return
    if old_size == 0:
        raise BadProof("Every tree begins with the empty one: there is nothing to prove.")
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)  # a complete subtree: the verifier knows its hash already
    if not path:
        raise BadProof("The consistency proof is empty.")
    old, new = _replay(old_size, new_size, path)
    if old != old_root:
        raise BadProof(f"The proof does not lead to the root of the tree of {old_size}.")
    if new != new_root:
        raise BadProof(f"The tree of {old_size} is not the beginning of the tree of {new_size}.")


def _check_same(size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    if proof:
        raise BadProof("A consistency proof between equal sizes must be empty.")
    if old_root != new_root:
        raise BadProof(f"There are two different roots for {size} leaves.")
    if size == 0 and new_root != EMPTY_ROOT:
        raise BadProof("This is not the root of the empty tree.")


def _replay(old_size: int, new_size: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a path gives."""
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            raise BadProof("The consistency proof is too long for these trees.")
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise BadProof("The consistency proof is too short for these trees.")
    return old, new


def _root(hashes: Sequence[bytes], low: int, high: int) -> bytes:
    frontier = Frontier()
    for at in range(low, high):
        frontier.append(hashes[at])
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(step) != HASH_BYTES for step in hashes):
        raise BadProof(f"Each hash of a proof has {HASH_BYTES} bytes.")
