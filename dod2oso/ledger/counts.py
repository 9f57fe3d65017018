"""What one dossier adds to the counts per field of its export, packed small, so that it can be taken out again.

When only some dossiers of an export are converted anew, their old part leaves the counts and their new part comes in.
What is counted (field, outcome and reason; or the OSO field) stands once in `count_names`; a dossier has the numbers of
those names. Nothing is held that field_counts and target_counts do not hold as well.
"""

import struct
from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import Connection, insert, select

from dod2oso.findings.outcome import FieldCount, Outcome
from dod2oso.ledger.progress import Counts
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import count_names

Counted = FieldCount | str  # how values of a field ended, or an OSO field that is there

# How many fields and OSO fields; then the names of the fields, how often each, and the names of the OSO fields.
_HEAD = struct.Struct("<cHH")
_SMALL, _WIDE = b"s", b"w"  # most dossiers have no number above 65535 for a name, and nothing more than 255 times
_LIMIT_NAME, _LIMIT_TIMES = 0xFFFF, 0xFF


class CountNames:
    """The numbers of what is counted, of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._numbers: dict[Counted, int] = {}

    def learn(self, batch: Sequence[Outcome]) -> None:
        """Give what is new in the batch a number; in a transaction of its own, which no failure of the batch undoes."""
        known = self._numbers.keys()
        if all(outcome.fields.keys() <= known and known >= set(outcome.targets) for outcome in batch):
            return
        with self._ledger.write() as connection:
            numbers = {name: number for number, name in _read(connection)}
            after = max(numbers.values(), default=0) + 1
            new: dict[Counted, None] = {}
            for outcome in batch:
                new |= dict.fromkeys(outcome.fields) | dict.fromkeys(outcome.targets)
            rows = [
                _row(number, name) for number, name in enumerate((name for name in new if name not in numbers), after)
            ]
            if rows:
                connection.execute(insert(count_names), rows)
                numbers = {name: number for number, name in _read(connection)}
        self._numbers = numbers

    def pack(self, outcome: Outcome) -> bytes:
        """The counts per field and the OSO fields of an outcome, all of which have been learned."""
        number = self._numbers.__getitem__
        names, times = list(map(number, outcome.fields)), outcome.fields.values()
        targets = list(map(number, outcome.targets))
        widest = max(max(names, default=0), max(targets, default=0))
        small = widest <= _LIMIT_NAME and max(times, default=0) <= _LIMIT_TIMES
        layout = _layout(len(names), len(targets), small=small)
        return _HEAD.pack(_SMALL if small else _WIDE, len(names), len(targets)) + struct.pack(
            layout, *names, *times, *targets
        )


def unpacker(connection: Connection) -> Callable[[bytes], Counts]:
    """What takes apart that which `CountNames.pack` put together, in this ledger."""
    names = dict(_read(connection))

    def unpack(packed: bytes) -> Counts:
        kind, fields, targets = _HEAD.unpack_from(packed)
        found = struct.unpack_from(_layout(fields, targets, small=kind == _SMALL), packed, _HEAD.size)
        times = zip(found[:fields], found[fields : 2 * fields], strict=True)
        counted = {name: n for number, n in times if isinstance(name := names[number], FieldCount)}
        return counted, [name for number in found[2 * fields :] if isinstance(name := names[number], str)]

    return unpack


def targets_among(connection: Connection, wanted: Collection[str]) -> Callable[[bytes], list[str]]:
    """What tells which of these OSO fields stand in what `CountNames.pack` put together, without taking it apart."""
    chosen = {number: name for number, name in _read(connection) if isinstance(name, str) and name in wanted}

    def among(packed: bytes) -> list[str]:
        kind, fields, targets = _HEAD.unpack_from(packed)
        small = kind == _SMALL
        before = _HEAD.size + struct.calcsize(_layout(fields, 0, small=small))
        found = struct.unpack_from(_layout(0, targets, small=small), packed, before)
        return [chosen[number] for number in chosen.keys() & found]

    return among


def _layout(fields: int, targets: int, *, small: bool) -> str:
    return f"<{fields}H{fields}B{targets}H" if small else f"<{fields}I{fields}I{targets}I"


def _read(connection: Connection) -> Iterable[tuple[int, Counted]]:
    for row in connection.execute(select(count_names)):
        yield row.number, (FieldCount(row.name, row.outcome, row.reason) if row.outcome else row.name)


def _row(number: int, name: Counted) -> dict[str, str | int]:
    """An OSO field has no outcome."""
    field, outcome, reason = (name, "", "") if isinstance(name, str) else name
    return {"number": number, "name": field, "outcome": outcome, "reason": reason}
