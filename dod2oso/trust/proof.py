"""Proof that nothing was lost: of a run as a whole, and of one dossier without showing any other.

Every source value of a run is in a leaf (which field, how it ended, how many of them), salted so that nobody can guess
it; the leaves of a record and the hash of its dossier make one node; all nodes make a tree with sums (`merkle.py`). The
proof of a run holds the nodes and no leaf: whoever has it adds the totals up, and learns nothing of a pupil. The proof
of a dossier holds its own leaves and the way to the root. Both are checked by `verify`, which needs no project.

The salts follow from a random secret per dossier in the ledger; when a pupil is destroyed the secret goes, and the node
is nobody's. The root stands in the audit log.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

import dod2oso
from dod2oso.base.errors import BalanceError, ConfigurationError, UsageError
from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.findings.outcome import FieldCount
from dod2oso.ledger import audit, audit_file
from dod2oso.ledger.audit import audit_refs
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.progress import ExportCounters
from dod2oso.ledger.rows import exports_of, timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, runs
from dod2oso.trust import merkle
from dod2oso.trust.merkle import Beside, Node

FOLDER = "proof"
FORMAT = 1
COUNTED = ("mapped", "dropped", "unmapped", "refused", "ready")  # what the sums of a node are
RUN, DOSSIER = "run", "dossier"
_HEAD = ("format", "kind", "made", "oso", "overstap", "root", "run", "seal", "tool", "totals")


class Wrong(ValueError):
    """A proof that proves nothing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof proves: of which run, its root, its totals; of a dossier also its own values."""

    kind: str
    run: str
    root: str
    seal: str
    totals: dict[str, int]
    values: tuple[FieldCount, ...] = ()
    counts: tuple[int, ...] = ()
    state: str = ""
    sha256: str = ""


# --- making ------------------------------------------------------------------------------------------------------


def prove_run(ledger: Ledger, out_dir: Path, account: str) -> Path:
    """Write the proof of the last run; UsageError when there was none, BalanceError when its values do not add up."""
    run_id = ledger.last_run()
    if run_id is None:
        raise UsageError("run-absent")
    with ledger.write() as connection:
        nodes = sorted(_nodes(connection, run_id))
        if not nodes:
            raise UsageError("proof-nothing")
        run = connection.execute(select(runs).where(runs.c.id == run_id)).one()
        head = {"oso": run.oso, "overstap": run.overstap, "run": run_id, "made": timestamp()}
        document = _sealed(RUN, head, merkle.root(nodes)) | {"nodes": [[node.hash, *node.sums] for node in nodes]}
        audit.append(connection, "proof-made", account, {"run": run_id, "seal": document["seal"]})
    path = out_dir / FOLDER / f"{run_id}.json"
    with disk_guard():
        make_private_dir(path.parent)
        atomic_write(path, _rendered(document))
    audit_file.mirror(ledger)
    return path


def prove_dossier(ledger: Ledger, out_dir: Path, dossier_id: str) -> bytes:
    """The proof of one dossier, within that of its run. UsageError when there is no such dossier or proof of it."""
    name = dossier_id.removesuffix(".xml")
    run_id = ledger.last_run()
    path = out_dir / FOLDER / f"{run_id}.json"
    if not path.exists():
        raise UsageError("proof-of-run-first")
    whole = _read(path.read_bytes())
    with ledger.read() as connection:
        row = connection.execute(
            select(dossiers, audit_refs.c.secret)
            .join(audit_refs, audit_refs.c.subject == dossiers.c.dossier_id)
            .where(dossiers.c.dossier_id == name)
        ).first()
        unpack = unpacker(connection)
    if row is None:
        raise UsageError("dossier-not-converted", position=1)
    salt = _salt(row.secret, str(run_id))
    values = _values(unpack(row.counts)[0], salt)
    staged = [row.state, row.sha256 or "", salt]
    node = _node(values, staged)
    nodes = [Node(each[0], tuple(each[1:])) for each in whole["nodes"]]
    if node not in nodes:  # it was converted again since
        raise UsageError("proof-of-run-first")
    way = merkle.path(nodes, nodes.index(node))
    document = {name: whole[name] for name in _HEAD if name not in ("kind", "seal")}
    document |= {
        "kind": DOSSIER,
        "run-seal": whole["seal"],
        "values": values,
        "staged": staged,
        "path": [[beside.left, beside.node.hash, *beside.node.sums] for beside in way],
    }
    return _rendered(document | {"seal": merkle.digest("seal", _rendered(document).decode())})


def _nodes(connection: Connection, run_id: str) -> list[Node]:
    """A node per record, and one per export for the values that belong to no record; checked against the balance."""
    found = []
    unpack = unpacker(connection)
    for export in connection.execute(select(exports).where(exports.c.id.in_(exports_of(run_id)))).all():
        mine = []
        rows = connection.execute(select(dossiers).where(dossiers.c.export_id == export.id)).all()
        names = [row.dossier_id for row in rows]
        audit.refs_of(connection, names)
        secrets = _secrets(connection, names)
        for row in rows:
            if row.counts is None:
                raise UsageError("destroy-run-first")
            salt = _salt(secrets[row.dossier_id], run_id)
            mine.append(_node(_values(unpack(row.counts)[0], salt), [row.state, row.sha256 or "", salt]))
        outside = ExportCounters.loads(export.progress).outside_fields
        if outside:
            subject = f"export {export.id}"
            audit.refs_of(connection, [subject])
            salt = _salt(_secrets(connection, [subject])[subject], run_id)
            mine.append(_node(_values(outside, salt), ["outside", "", salt]))
        for at, name in enumerate(COUNTED[:4]):
            if export.status == "done" and sum(node.sums[at] for node in mine) != export.balance[name]:
                counted = sum(node.sums[at] for node in mine)
                raise BalanceError("counts-wrong", name=export.name, counted=counted, stated=export.balance[name])
        found += mine
    return found


def _secrets(connection: Connection, subjects: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for at in range(0, len(subjects), 300):
        chosen = select(audit_refs.c.subject, audit_refs.c.secret).where(
            audit_refs.c.subject.in_(subjects[at : at + 300])
        )
        known |= {row.subject: row.secret for row in connection.execute(chosen)}
    return known


def _salt(secret: str, run_id: str) -> str:
    return hmac.digest(bytes.fromhex(secret), run_id.encode(), "sha256").hex()


def _values(counts: Mapping[FieldCount, int], salt: str) -> list[list[Any]]:
    """The leaves of a record: field, outcome, reason, how many, salt."""
    ordered = sorted((key, n) for key, n in counts.items() if n)
    return [[*key, n, merkle.digest("salt", salt, at)] for at, (key, n) in enumerate(ordered)]


def _node(values: Sequence[Sequence[Any]], staged: Sequence[str]) -> Node:
    """The node of a record, of its leaves and of what was staged (state, hash of the file, salt)."""
    sums = [0] * len(COUNTED)
    leaves = []
    for field, outcome, reason, n, salt in values:
        sums[COUNTED.index(outcome)] += n
        leaves.append(Node(merkle.digest("value", field, outcome, reason, n, salt), (n,)))
    sums[COUNTED.index("ready")] = int(staged[0] == "ready")
    inside = merkle.root(leaves).hash if leaves else ""
    return Node(merkle.digest("record", inside, merkle.digest("staged", *staged), tuple(sums)), tuple(sums))


def _sealed(kind: str, head: Mapping[str, Any], root: Node) -> dict[str, Any]:
    totals = dict(zip(COUNTED, root.sums, strict=True))
    document = {
        **head,
        "format": FORMAT,
        "kind": kind,
        "tool": dod2oso.__version__,
        "root": root.hash,
        "totals": totals,
    }
    return document | {"seal": merkle.digest("seal", _rendered(document).decode())}


# --- verifying, without a project --------------------------------------------------------------------------------


def verify_file(path: Path) -> Verified:
    """Check a proof by itself. ConfigurationError when it is absent or proves nothing."""
    try:
        return verify(path.read_bytes())
    except OSError:
        raise ConfigurationError("file-absent", file=path.name) from None
    except Wrong:
        raise ConfigurationError("proof-wrong", file=path.name) from None


def verify(data: bytes) -> Verified:
    """The same for the bytes of a proof; Wrong when one of them is not what was written."""
    document = _read(data)
    try:
        totals = document["totals"]
        if document["kind"] == RUN:
            return _whole(document, totals)
        return _one(document, totals)
    except (KeyError, TypeError, ValueError, IndexError):
        raise Wrong from None


def _whole(document: dict[str, Any], totals: dict[str, int]) -> Verified:
    nodes = [_as_node(each) for each in document["nodes"]]
    sealed = {name: value for name, value in document.items() if name not in ("nodes", "seal")}
    above = merkle.root(nodes)
    if set(document) != {*_HEAD, "nodes"} or nodes != sorted(nodes):
        raise Wrong
    _same(above, document, totals)
    _same_seal(sealed, document["seal"])
    return Verified(RUN, document["run"], above.hash, document["seal"], totals)


def _one(document: dict[str, Any], totals: dict[str, int]) -> Verified:
    if set(document) != {*_HEAD, "run-seal", "values", "staged", "path"} or document["kind"] != DOSSIER:
        raise Wrong
    way = [Beside(bool(left), _as_node(rest)) for left, *rest in document["path"]]
    _same(merkle.climb(_node(document["values"], document["staged"]), way), document, totals)
    _same_seal({name: value for name, value in document.items() if name != "seal"}, document["seal"])
    values = document["values"]
    state, sha256, _ = document["staged"]
    keys = tuple(FieldCount(*each[:3]) for each in values)
    counts = tuple(each[3] for each in values)
    return Verified(
        DOSSIER, document["run"], document["root"], document["run-seal"], totals, keys, counts, state, sha256
    )


def _same(above: Node, document: dict[str, Any], totals: dict[str, int]) -> None:
    if above.hash != document["root"] or dict(zip(COUNTED, above.sums, strict=True)) != totals:
        raise Wrong


def _same_seal(sealed: dict[str, Any], seal: str) -> None:
    if merkle.digest("seal", _rendered(sealed).decode()) != seal:
        raise Wrong


def _as_node(each: Sequence[Any]) -> Node:
    name, *sums = each
    if len(sums) != len(COUNTED) or not all(type(n) is int and n >= 0 for n in sums):
        raise Wrong
    return Node(name, tuple(sums))


def _read(data: bytes) -> dict[str, Any]:
    """A proof as it was written; Wrong when one byte of it is another."""
    try:
        document = json.loads(data)
        if isinstance(document, dict) and document["format"] == FORMAT and _rendered(document) == data:
            return document
    except (ValueError, KeyError, RecursionError):
        pass
    raise Wrong


def _rendered(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"
