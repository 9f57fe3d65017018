"""What a run adds to the audit log: with what it began, what people had said, how it ended.

Files are told by the hash of their content; the name of an export only where it says nothing of a person.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from dod2oso.ledger import audit, tables
from dod2oso.ledger.audit import audit_supplied
from dod2oso.ledger.counts import targets_among
from dod2oso.ledger.rows import exports_of
from dod2oso.ledger.store import Ledger
from dod2oso.source.container.discreet import is_plain
from dod2oso.supplement.consent import CODES, FACTS

if TYPE_CHECKING:
    from dod2oso.run.session import Options

_PAGE = 200
_BUFFER = 1 << 20
_FLAGS = ("validator_only", "official", "names", "file_names", "forget_supplements", "workers", "merge", "sender")


def begun(ledger: Ledger, options: "Options", run_id: str, datum: str, config: str) -> None:
    """The command, its settings, and the files of ours that it was given."""
    files = {
        "schools": [options.schools],
        "mapping": [options.mapping],
        "supplements": options.supplements,
        "decisions": options.decisions,
    }
    about = {
        "run": run_id,
        "oso": options.version,
        "overstap": options.transfer,
        "datum": datum,
        "config": config,
        "options": {name.replace("_", "-"): getattr(options, name) for name in _FLAGS if getattr(options, name)},
        "files": {role: [_digest(path) for path in paths if path] for role, paths in files.items() if any(paths)},
    }
    _note(ledger, options, "run-begun", about)


def people_said(ledger: Ledger, options: "Options", run_id: str) -> None:
    """For every dossier of which people said something else than before: which answers of parents it has now."""
    last = 0
    while rows := _supplied_anew(ledger, run_id, last):
        last = rows[-1].id
        _tell(ledger, options, run_id, rows)


def _tell(ledger: Ledger, options: "Options", run_id: str, rows: Sequence[Any]) -> None:
    groups: dict[tuple[str, tuple[str, ...], bool], list[str]] = {}
    codes = tables.findings.c
    with ledger.read() as connection:
        chosen = select(codes.dossier).where(codes.code.in_(CODES), codes.dossier.in_([row.id for row in rows]))
        stopped = set(connection.scalars(chosen))
        told = targets_among(connection, FACTS)
    for row in rows:
        facts = tuple(sorted(told(row.counts))) if row.counts else ()
        what = "consent" if facts or row.id in stopped else "supplied" if row.supplied else "supplied-no-more"
        groups.setdefault((what, facts, row.id in stopped), []).append(row.dossier_id)
    with ledger.write() as connection:
        for (what, facts, held), names in groups.items():
            about = {"run": run_id, "dossiers": len(names), "answers": list(facts), "held-by-answer": held}
            audit.append(connection, what, _account(options), about, audit.refs_of(connection, names))
        gone = audit_supplied.c.dossier_id.in_([row.dossier_id for row in rows])
        connection.execute(delete(audit_supplied).where(gone))
        connection.execute(
            insert(audit_supplied), [{"dossier_id": row.dossier_id, "supplied": row.supplied} for row in rows]
        )


def decided(ledger: Ledger, options: "Options", what: str) -> None:
    """Somebody at the terminal chose."""
    _note(ledger, options, "decision", {"decision": what})


def names_exported(ledger: Ledger, options: "Options", file: str) -> None:
    """A file with names of pupils was written."""
    _note(ledger, options, "names-exported", {"file": file})


def ended(ledger: Ledger, options: "Options", run_id: str, status: str) -> None:
    """What came in, by hash, and how many dossiers came of it."""
    exports, links, dossiers = tables.exports, tables.run_exports, tables.dossiers
    ours = dossiers.c.export_id.in_(exports_of(run_id))
    with ledger.read() as connection:
        rows = connection.execute(
            select(exports).join(links, links.c.export_id == exports.c.id).where(links.c.run_id == run_id)
            .order_by(links.c.position)
        ).all()  # fmt: skip
        counted = select(dossiers.c.state, func.count().label("n")).where(ours).group_by(dossiers.c.state)
        states = {row.state: row.n for row in connection.execute(counted)}
        merged = list(connection.scalars(select(dossiers.c.dossier_id).where(ours, dossiers.c.state == "merged")))
    about = {
        "run": run_id,
        "status": status,
        "dossiers": states,
        "exports": [
            {"status": row.status, "profile": row.profile, "fingerprint": row.fingerprint, "records": row.records}
            | ({"name": row.name} if is_plain(row.name) else {})
            | dict(row.balance)
            for row in rows
        ],
    }
    with ledger.write() as connection:
        for page in _pages(merged):
            told = {"run": run_id, "decision": "merged", "dossiers": len(page)}
            audit.append(connection, "decision", _account(options), told, audit.refs_of(connection, page))
        audit.append(connection, "run-ended", _account(options), about)


def _supplied_anew(ledger: Ledger, run_id: str, after: int) -> Sequence[Any]:
    dossiers = tables.dossiers
    before = func.coalesce(audit_supplied.c.supplied, "")
    chosen = (
        select(dossiers.c.id, dossiers.c.dossier_id, dossiers.c.supplied, dossiers.c.counts)
        .outerjoin(audit_supplied, audit_supplied.c.dossier_id == dossiers.c.dossier_id)
        .where(dossiers.c.export_id.in_(exports_of(run_id)), before != dossiers.c.supplied, dossiers.c.id > after)
        .order_by(dossiers.c.id)
        .limit(_PAGE)
    )
    with ledger.read() as connection:
        return connection.execute(chosen).all()


def _note(ledger: Ledger, options: "Options", what: str, about: dict[str, Any]) -> None:
    with ledger.write() as connection:
        audit.append(connection, what, _account(options), about)


def _account(options: "Options") -> str:
    return options.account or audit.system_account()


def _pages(names: list[Any]) -> Iterable[list[Any]]:
    return (names[at : at + _PAGE] for at in range(0, len(names), _PAGE))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
