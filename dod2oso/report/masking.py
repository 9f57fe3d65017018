"""Hiding small counts, so that a report can be shared without telling about a few recognisable pupils.

A count of 1 to 4 is hidden. Where counts add up to a total that is shown, one hidden count could be found by
subtraction: then the smallest other count is hidden as well, and a total over a hidden part is hidden too. Lists of
single dossiers are left out altogether.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from dod2oso.findings.balance import Balance
from dod2oso.report.actions import ActionPart
from dod2oso.report.hidden import HIDDEN, Hidden
from dod2oso.report.model import Report, SchoolPart, States

SMALLEST_SHOWN = 5
_NO_PUPILS = frozenset({"percent", "schools", "exports", "total"})  # counts that are not of pupils, or sums

_Part = TypeVar("_Part")


def mask(report: Report) -> Report:
    """The report with its small counts hidden and without lists of dossiers."""
    balance = _balance(report.balance, report.withheld)
    dropped, withheld = report.balance.dropped, report.withheld
    hide_parts = isinstance(balance.dropped, Hidden)
    hidden = _plain(replace(report, waiting=()))
    return replace(
        hidden,
        dossiers=_states(report.dossiers),
        balance=balance,
        withheld=HIDDEN if hide_parts else withheld,
        left_out=HIDDEN if hide_parts else dropped - withheld,
        exports=_columns(report.exports, hidden.exports),
        schools=tuple(sorted(_columns(report.schools, hidden.schools), key=_by_name)),  # what is open is not told
        profiles=_columns(report.profiles, hidden.profiles),
        actions=_actions(hidden.actions, report.actions),
        masked=True,
    )


def _by_name(part: SchoolPart) -> tuple[bool, str, str]:
    return not part.brin, part.brin, part.vestiging


def _actions(hidden: Sequence[ActionPart], parts: Sequence[ActionPart]) -> tuple[ActionPart, ...]:
    """Small counts hidden; and against subtraction, over the schools of each and over what each brings."""
    more = iter(suppress([part.more for part in parts if part.more is not None]))
    return tuple(
        replace(
            plain,
            more=None if part.more is None else next(more),
            schools=tuple(
                replace(school, dossiers=n)
                for school, n in zip(part.schools, suppress([one.dossiers for one in part.schools]), strict=True)
            ),
        )
        for plain, part in zip(hidden, parts, strict=True)
    )


def suppress(parts: Sequence[int]) -> list[int]:
    """Parts of a known total with the small ones hidden, and one more when a single hidden one could be computed."""
    shown: list[int] = [HIDDEN if _small(n) else n for n in parts]
    hidden = [i for i, n in enumerate(shown) if isinstance(n, Hidden)]
    if len(hidden) == 1:
        others = [i for i, n in enumerate(shown) if n > 0]
        if others:
            shown[min(others, key=lambda i: shown[i])] = HIDDEN
    return shown


def _small(n: int) -> bool:
    return 0 < n < SMALLEST_SHOWN


def _states(states: States) -> States:
    return States(*suppress([states.ready, states.held, states.rejected]))


def _balance(balance: Balance, withheld: int | None = None) -> Balance:
    names = ("mapped", "dropped", "unmapped", "refused")
    parts = [getattr(balance, name) for name in names]
    if withheld is not None and (_small(withheld) or _small(balance.dropped - withheld)):
        parts[1] = 1  # its own parts are small: hide it as if it were
    shown = dict(zip(names, suppress(parts), strict=True))
    lossy = HIDDEN if _small(balance.lossy) else balance.lossy
    return Balance(source_values=balance.source_values, lossy=lossy, **shown)


def _columns(parts: Sequence[Any], hidden: Sequence[Any]) -> tuple[Any, ...]:
    """Rows of states that add up to the whole: small ones hidden in the row and, against subtraction, in the column."""
    rows = [_states(part.dossiers) for part in parts]
    for name in ("ready", "held", "rejected"):
        column = [getattr(row, name) for row in rows]
        concealed = sum(isinstance(n, Hidden) for n in column)
        others = [i for i, n in enumerate(column) if n > 0]
        if concealed == 1 and others:
            least = min(others, key=lambda i: column[i])
            setattr(rows[least], name, HIDDEN)
    changed = []
    for part, row, plain in zip(parts, rows, hidden, strict=True):
        more = {"balance": _balance(part.balance)} if hasattr(part, "balance") else {}
        changed.append(replace(plain, dossiers=row, **more))
    return tuple(changed)


def _plain(value: _Part) -> _Part:
    """Every other count hidden when it is small."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return cast(_Part, HIDDEN if _small(value) else value)
    if isinstance(value, tuple):
        items = [_plain(item) for item in value]
        return cast(_Part, type(value)(*items) if hasattr(value, "_fields") else tuple(items))
    if isinstance(value, list):
        return cast(_Part, [_plain(item) for item in value])
    if isinstance(value, dict):
        return cast(_Part, {key: _plain(item) for key, item in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        inside = {f.name: getattr(value, f.name) for f in fields(value)}
        done = {
            name: _plain(item) for name, item in inside.items() if not (name in _NO_PUPILS and isinstance(item, int))
        }
        return cast(_Part, replace(value, **done))
    return value
