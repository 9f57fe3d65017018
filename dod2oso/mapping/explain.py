"""Answer from the mapping: where does an OSO field come from, where did a legacy field go, and why."""

from collections.abc import Iterator
from typing import NamedTuple

from dod2oso.base.texts import Text
from dod2oso.findings.catalogue import reason
from dod2oso.mapping.plan import Plan
from dod2oso.source.dictionary import Dictionary


class Line(NamedTuple):
    """One row of the coverage table: a dictionary field, where it goes, or why it stays."""

    field: str
    targets: tuple[str, ...]
    reason: str  # key of reasons.yaml, "" when it is mapped


def coverage(plan: Plan, dictionary: Dictionary) -> Iterator[Line]:
    """Every dictionary field of this version and transfer, in the order of the dictionary."""
    for name in dictionary.fields:
        yield Line(name, plan.readers.get(name, ()), plan.dropped.get(name, ""))


def explain(plan: Plan, dictionary: Dictionary, name: str, lang: str) -> list[str]:
    """What the mapping does with a dictionary field or an OSO path, in sentences; empty when it knows neither."""
    if name in dictionary:
        targets = plan.readers.get(name)
        if targets:
            return [Text("mapping-goes-to", name=name, target=target).text(lang) for target in targets]
        return [Text("mapping-stays-behind", name=name, reason=reason(plan.dropped[name])).text(lang)]
    leaf = plan.leaves.get(name.strip("/"))
    if leaf is None:
        return []
    lines = [f"{leaf.path} ← {origin}" for source in leaf.sources for origin in source.names]
    if leaf.default is not None:
        lines.append(f'{leaf.path} ← "{leaf.default.value}" ({leaf.default.reason})')
    if not lines:
        lines.append(Text("mapping-only-supplement", name=leaf.path).text(lang))
    return lines
