"""The same exports in all OSO versions: which of their fields have a place there.

From the counts in the ledger and the mapping compiled once per version (a fraction of a second each); the exports are
not read again, so whether a single value fits (its length, its code) is not in it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from dod2oso.findings import catalogue
from dod2oso.mapping.compile import plan_of
from dod2oso.mapping.plan import Plan
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import known_versions
from dod2oso.report import queries
from dod2oso.report.extras import FieldInVersion, FieldVersions, VersionPart, Versions
from dod2oso.report.texts import Lexicon
from dod2oso.source.dictionary import load_dictionary

NO_RULE = "geen-regel"  # the mapping does not know the field in any version


def compare_versions(
    connection: Connection, run_id: str, oso: str, overstap: str, words: Lexicon, mapping: Path | None = None
) -> Versions:
    """Every dictionary field of the run's exports, held against all versions that know this transfer.

    `mapping`: the user's own, when the run had one; the ledger does not keep its path.
    """
    values = _values(connection, run_id)
    available = known_transfer(overstap).versions
    plans = {version: plan_of(mapping, version, overstap) for version in available}
    here = plans[oso]
    fields = [
        FieldVersions(
            name, words.field(name), n, tuple(_in_version(name, plan, words) for plan in plans.values())
        )
        for name, n in values.items()
    ]  # fmt: skip
    differing = [field for field in fields if len({(part.paths, part.reason) for part in field.versions}) > 1]
    differing.sort(key=lambda field: (-field.values, field.field))
    return Versions(
        columns=available,
        versions=tuple(
            _version(version, version == oso, plans.get(version), here, values) for version in known_versions()
        ),
        fields=tuple(differing),
        alike=len(fields) - len(differing),
    )  # fmt: skip


def _values(connection: Connection, run_id: str) -> dict[str, int]:
    """How many source values the exports have per dictionary field; paths that no profile binds are left out."""
    dictionary = load_dictionary()
    values: dict[str, int] = {}
    for row in queries.fields(connection, run_id):
        if row.field in dictionary:
            values[row.field] = values.get(row.field, 0) + row.n
    return values


def _in_version(name: str, plan: Plan, words: Lexicon) -> FieldInVersion:
    paths = plan.readers.get(name, ())
    if paths:
        return FieldInVersion(plan.version, tuple(paths), "", "", False)
    reason = plan.dropped.get(name, NO_RULE)
    if reason not in catalogue.reasons():
        return FieldInVersion(plan.version, (), reason, reason, False)
    return FieldInVersion(plan.version, (), reason, words.reason(reason, "dropped"), catalogue.reason(reason).legal)


def _version(
    version: str, is_run: bool, plan: Plan | None, here: Plan, values: Mapping[str, int]
) -> VersionPart:  # fmt: skip
    if plan is None:
        return VersionPart(version, is_run, False, 0, 0, 0, 0, 0, (), ())
    placed = {name for name in values if plan.readers.get(name)}
    placed_here = {name for name in values if here.readers.get(name)}
    gains, loses = sorted(placed - placed_here), sorted(placed_here - placed)
    legal = {name for name in values.keys() - placed if _legal(name, plan)}
    return VersionPart(
        version=version,
        is_run=is_run,
        available=True,
        with_place=_sum(values, placed),
        without_place=_sum(values, values.keys() - placed),
        without_place_legal=_sum(values, legal),
        gained=_sum(values, gains),
        lost=_sum(values, loses),
        gains=tuple(gains),
        loses=tuple(loses),
    )


def _legal(name: str, plan: Plan) -> bool:
    reason = plan.dropped.get(name, "")
    return reason in catalogue.reasons() and catalogue.reason(reason).legal


def _sum(values: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(values[name] for name in names)
