"""A compiled mapping: what has to be done, in the order of the schema, for one OSO version and one transfer.

Leaves and blocks emit nodes for the writer and settle the cells they read. Everything that could be decided before the
first dossier (versions, transfers, code tables, checks) has been decided by compile.py.
"""

from dataclasses import dataclass

from dod2oso.mapping.plan_block import BlockPlan, ElementPlan, FirstOf, LeafEach, ListScope, ScopeNeeds
from dod2oso.mapping.plan_leaf import LeafPlan, LeafWithAttributes, Source


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything for one version and transfer.

    `readers`: dictionary name -> OSO paths that read it. `dropped`: dictionary name -> reason; `told`: of
    those, what a finding tells -> its code. Every dictionary name is
    in exactly one of the two (compile.py refuses a mapping for which that does not hold). `assumed`: the OSO paths that
    may have a value that no source and no person gave.
    """

    version: str
    transfer: str
    children: tuple[ElementPlan, ...]
    readers: dict[str, tuple[str, ...]]
    dropped: dict[str, str]
    told: dict[str, str]
    leaves: dict[str, LeafPlan]
    assumed: tuple[str, ...]


__all__ = [
    "BlockPlan",
    "ElementPlan",
    "FirstOf",
    "LeafEach",
    "LeafPlan",
    "LeafWithAttributes",
    "ListScope",
    "Plan",
    "ScopeNeeds",
    "Source",
]
