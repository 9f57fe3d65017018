"""A Merkle tree whose nodes also carry sums: one hash stands for all leaves, and says what they add up to.

A node is a hash and a tuple of counts. The hash of an inner node covers the hashes and the counts of both its halves,
so with the root nobody can show a leaf that was not there, nor other totals. Made of the standard library alone.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

Sums = tuple[int, ...]


class Node(NamedTuple):
    """A leaf or a part of the tree."""

    hash: str
    sums: Sums


class Beside(NamedTuple):
    """The other half on the way up; `left`: it comes before ours."""

    left: bool
    node: Node


def digest(kind: str, *parts: object) -> str:
    """SHA-256 of what something is and of its parts, each with its length, so that no two ways of cutting are alike."""
    whole = hashlib.sha256()
    for part in (kind, *map(str, parts)):
        data = part.encode()
        whole.update(len(data).to_bytes(4, "big") + data)
    return whole.hexdigest()


def join(left: Node, right: Node) -> Node:
    sums = tuple(one + other for one, other in zip(left.sums, right.sums, strict=True))
    return Node(digest("node", left.hash, left.sums, right.hash, right.sums), sums)


def root(leaves: Sequence[Node]) -> Node:
    """The node above all leaves; ValueError when there are none."""
    level = list(leaves)
    if not level:
        raise ValueError("a tree without leaves")
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[Node], place: int) -> list[Beside]:
    """What is beside a leaf on its way to the root."""
    level, way = list(leaves), []
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            way.append(Beside(other < place, level[other]))
        level, place = _above(level), place // 2
    return way


def climb(leaf: Node, way: Sequence[Beside]) -> Node:
    """The root that a leaf and its way lead to."""
    for beside in way:
        leaf = join(beside.node, leaf) if beside.left else join(leaf, beside.node)
    return leaf


def _above(level: list[Node]) -> list[Node]:
    pairs = [join(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
