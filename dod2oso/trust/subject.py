"""Access of a pupil: everything an output folder holds about one, readable (GDPR art. 15)."""

import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, Table, select

from dod2oso.base import atrest
from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.texts import Text, shown
from dod2oso.base.xml import parse_bytes
from dod2oso.findings.catalogue import entry
from dod2oso.findings.model import detail_of
from dod2oso.handover.store import FEEDBACK_FOLDER
from dod2oso.ledger import places
from dod2oso.ledger.arrived import DOSSIER
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.handover_tables import allowed_receivers, document_requests, handover_log, handovers
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports, findings, history, runs
from dod2oso.trust.arrivals import received
from dod2oso.trust.audit import as_line, entries
from dod2oso.trust.beside import rows_about
from dod2oso.trust.doomed import PUPIL, Doomed, choose

Rows = list[dict[str, Any]]


def gather(ledger: Ledger, out_dir: Path, dossier_id: str, target: Path, lang: str, typed: Sequence[Path] = ()) -> int:
    """Write all of one pupil into a new folder; how many dossiers. UsageError when there is no such pupil.

    `typed`: files of the project with what people typed on a page; their rows about the pupil are in it, and those of
    the supplements of which this folder keeps a copy.
    """
    if target.exists():
        raise UsageError("output-exists", file=target.name)
    with ledger.read() as connection:
        all_of = choose(connection, PUPIL, dossier_id, list(received(out_dir)), on_its_way=True)
        data = _data(connection, all_of)
    data["supplied"], data["unreadable"] = rows_about(out_dir, all_of, typed)
    data["log"] = [as_line(line, lang) for name in all_of.names for line in entries(ledger, about=name)]
    with disk_guard():
        make_private_dir(target)
        texts = {}
        for brin, name in all_of.dossiers:
            for state in places.STATES_WITH_FILE:
                path = places.dossier_path(out_dir, state, brin, name)
                if path.exists():
                    texts[name] = atrest.read(path, out_dir)
                    atomic_write(target / places.dossier_name(name), texts[name])
        for brin, digest in all_of.feedback:
            path = out_dir / FEEDBACK_FOLDER / places.school_folder(brin) / f"{digest}.xml"
            if path.exists():
                atomic_write(target / f"terugkoppeling-{digest[:16]}.xml", atrest.read(path, out_dir))
        for name in all_of.arrived:
            path = out_dir / places.ARRIVED / name / DOSSIER
            try:
                texts[name] = atrest.read(path, out_dir)
                parse_bytes(texts[name])
            except (OSError, atrest.NotAsWritten, etree.XMLSyntaxError):
                texts.pop(name, None)
                data["unreadable"].append(f"{name}/{DOSSIER}")
                continue
            atomic_write(target / f"binnengekomen-{name}.xml", texts[name])
        atomic_write(target / "alles.json", json.dumps(data, ensure_ascii=False, indent=2).encode())
        atomic_write(target / "inzage.html", _page(data, texts, lang).encode())
    return len(all_of.names) + len(all_of.arrived)


def _data(connection: Connection, all_of: Doomed) -> dict[str, Any]:
    """Every row of the ledger that is about them."""
    mine = dossiers.c.dossier_id.in_(all_of.names)
    kept = _rows(connection, dossiers, mine)
    unpack = unpacker(connection)
    for row in kept:
        export = connection.execute(select(exports).where(exports.c.id == row["export_id"])).one()
        row |= {"export": export.name, "oso": export.oso, "overstap": export.overstap}
        row["counts"] = [] if row["counts"] is None else [[*key, n] for key, n in unpack(row["counts"])[0].items()]
        row["findings"] = _rows(connection, findings, findings.c.dossier == row["id"])
    past = select(history, runs.c.started).join(runs, runs.c.id == history.c.run_id)
    return {
        "format": 1,
        "made": timestamp(),
        "dossiers": kept,
        "history": [dict(row._mapping) for row in connection.execute(
            past.where(history.c.dossier_id.in_(all_of.names)).order_by(runs.c.number))],
        "arrived": all_of.arrived,
        "handovers": _rows(connection, handovers, handovers.c.id.in_(all_of.handovers)),
        "steps": _rows(connection, handover_log, handover_log.c.handover_id.in_(all_of.handovers)),
        "receivers": _rows(connection, allowed_receivers, allowed_receivers.c.pseudonym.in_(all_of.pupils)),
        "requests": _rows(connection, document_requests, document_requests.c.match_pgn.in_(all_of.numbers)),
    }  # fmt: skip


def _rows(connection: Connection, table: Table, which: Any) -> Rows:
    return [dict(row._mapping) for row in connection.execute(select(table).where(which))]


def _page(data: dict[str, Any], texts: dict[str, bytes], lang: str) -> str:
    title = Text("access-title").text(lang)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(Text('access-intro', at=data['made']).text(lang))}</p>",
    ]
    for row in data["dossiers"]:
        told = Text("access-dossier", id=row["dossier_id"], state=row["state"], oso=row["oso"],
                    overstap=row["overstap"], brin=row["brin"])  # fmt: skip
        parts.append(f"<h2>{html.escape(told.text(lang))}</h2>")
        if row["dossier_id"] in texts:
            parts.append(_tree(parse_bytes(texts[row["dossier_id"]])))
        parts += _section("access-findings", [_finding(each, lang) for each in row["findings"]], lang)
        parts += _section("access-counts", [" · ".join(map(str, each)) for each in row["counts"]], lang)
    for name in data["arrived"]:
        title = html.escape(Text("access-arrived", id=name).text(lang))
        parts.append(f"<h2>{title}</h2>{_tree(parse_bytes(texts[name])) if name in texts else ''}")
    told_rows = {
        "access-past": [f"{row['started']} {row['dossier_id']} {row['state']}" for row in data["history"]],
        "access-handovers": [_words(row, "at", "state", "sender", "account", "reason", "receiver")
                             for row in data["steps"]],
        "access-receivers": [_words(row, "at", "doel_brin", "account") for row in data["receivers"]],
        "access-requests": [_words(row, "at", "doel_brin", "outcome") for row in data["requests"]],
        "access-supplied": [" · ".join([row["file"], *(f"{name}: {text}" for name, text in row["values"].items())])
                            for row in data["supplied"]],
        "access-unreadable": data["unreadable"],
        "access-log": data["log"],
    }  # fmt: skip
    for key, lines in told_rows.items():
        parts += _section(key, lines, lang)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        "<style>body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}ul{padding-left:1.2rem}"
        f"</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _section(key: str, lines: Iterable[str], lang: str) -> list[str]:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return [f"<h3>{html.escape(Text(key).text(lang))}</h3><ul>{items}</ul>"] if items else []


def _tree(element: Any) -> str:
    """An element with what is below it; what an attachment holds is in the file itself."""
    name = html.escape(etree.QName(element).localname)
    inner = [child for child in element if isinstance(child.tag, str)]
    if inner:
        return f"<ul><li>{name}{''.join(_tree(child) for child in inner)}</li></ul>"
    text = (element.text or "").strip()
    return f"<ul><li>{name}: {html.escape(text if len(text) < 2000 else f'{text[:60]}…')}</li></ul>"


def _finding(row: dict[str, Any], lang: str) -> str:
    said = [entry(row["code"]).text(lang), row["field"], row["target"]]
    detail = shown(detail_of(row["note"], row["place"]), lang)
    return " · ".join(word for word in (*said, row["rule"], row["cause"], detail) if word)


def _words(row: dict[str, Any], *names: str) -> str:
    return " ".join(str(row[name]) for name in names if row[name])
