"""Outcomes as bytes, to travel to another process, machine or moment. Only JSON and dossiers: reading runs nothing.

A batch is a line of JSON and, behind it, the bytes of its dossiers. What is counted stands once per batch, and each
outcome has the numbers of it, as in the ledger (ledger/counts.py).
"""

import json
from typing import Any, BinaryIO, NamedTuple

from dod2oso.base.texts import restored, stored
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import FieldCount, Outcome
from dod2oso.run.workers import Settled

_PLAIN = (
    "record", "state", "brin", "vestiging", "pseudonym", "match_pgn", "match_name",
    "needs", "supplied", "key_school", "key_number", "key_name",
)  # fmt: skip


class Batch(NamedTuple):
    """Outcomes in the order of their records, and how the shared cells of the export stood after them."""

    outcomes: list[Outcome]
    settled: Settled


def pack(batch: Batch) -> bytes:
    """The line and the dossiers."""
    counted: dict[FieldCount, int] = {}
    present: dict[str, int] = {}
    said = [_said(outcome, counted, present) for outcome in batch.outcomes]
    line = {"counted": list(counted), "present": list(present), "outcomes": said, "settled": batch.settled}
    files = [outcome.xml for outcome in batch.outcomes if outcome.xml is not None]
    return b"".join([json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(), b"\n", *files])


def unpack(line: dict[str, Any], stream: BinaryIO) -> Batch:
    """A batch of which the line was read; its dossiers are next in the stream."""
    counted = [FieldCount(*each) for each in line["counted"]]
    outcomes = [_outcome(said, counted, line["present"], stream) for said in line["outcomes"]]
    return Batch(outcomes, [(state, reason) for state, reason in line["settled"]])


def _said(outcome: Outcome, counted: dict[FieldCount, int], present: dict[str, int]) -> list[Any]:
    numbers = [counted.setdefault(key, len(counted)) for key in outcome.fields]
    return [
        [getattr(outcome, name) for name in _PLAIN],
        None if outcome.xml is None else len(outcome.xml),
        [[*one[:5], stored(one.place), stored(one.note), one.shape] for one in outcome.findings],
        list(outcome.balance.as_dict().values()),
        numbers,
        list(outcome.fields.values()),
        [present.setdefault(path, len(present)) for path in outcome.targets],
    ]


def _outcome(said: list[Any], counted: list[FieldCount], present: list[str], stream: BinaryIO) -> Outcome:
    plain, size, findings, balance, fields, times, targets = said
    return Outcome(
        **dict(zip(_PLAIN, plain, strict=True)),
        xml=None if size is None else stream.read(size),
        findings=[_finding(*one) for one in findings],
        balance=Balance(*balance),
        fields={counted[number]: n for number, n in zip(fields, times, strict=True)},
        targets=[present[number] for number in targets],
    )


def _finding(code: str, field: str, target: str, rule: str, cause: str, place: str, note: str, shape: str) -> Finding:
    return Finding(code, field, target, rule, cause, restored(place), restored(note), shape)
