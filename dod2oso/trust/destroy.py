"""Destroying what is kept of pupils: in the folder, the ledger, its copies and the reports, to the end or not at all.

What goes is written down first (DESTRUCTION, 0600). From then on no other command opens this folder, so nobody meets
half a pupil; every step can be done again, and `dod2oso purge` first finishes what a kill or a power cut left. The
order:

1. files (dossiers, outbox, feedback, packages for schools, copies of what came back, reports), 2. rows, in one
transaction with a line in the audit log, 3. VACUUM and the write-ahead log, 4. copies of the ledger, 5. reports and a
new copy, 6. a search of every file for what should be gone, 7. the proof: a line in the audit log with numbers and no
ids, and the same as a text.

Of a whole project the key goes first: what is left behind somewhere is nobody's then.
"""

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.base.clock import now
from dod2oso.base.errors import ConfigurationError, Dod2osoError, UsageError
from dod2oso.base.files import atomic_write, disk_guard
from dod2oso.base.folderlock import SERVE, WRITE, held
from dod2oso.base.pseudonym import COPIES, KEY_FILE
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe, wipe_tree
from dod2oso.decide.doubles import FILE as DECISIONS
from dod2oso.handover.envelope import SUFFIX
from dod2oso.handover.store import FEEDBACK_FOLDER
from dod2oso.ledger import audit, audit_file, places
from dod2oso.ledger.arrived import COMPARISONS, TABLES
from dod2oso.ledger.audit import audit_log
from dod2oso.ledger.engine import DESTRUCTION, LEDGER_FILE
from dod2oso.ledger.safety import check, copy
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import metadata
from dod2oso.report.write import FOLDER, MASKED_FOLDER
from dod2oso.report.write import write as write_report
from dod2oso.source.container.discreet import LIST, NameList
from dod2oso.supplement.workbook import untouched, write_workbook
from dod2oso.trust import beside, rows
from dod2oso.trust.arrivals import received
from dod2oso.trust.doomed import PROJECT, Doomed, choose
from dod2oso.trust.passphrases import LIST as PASSPHRASES
from dod2oso.trust.terms import ground

REMEMBERED = "aanvullingen.json"
KEPT = {audit_file.FILE, WRITE, SERVE, Path(WRITE).with_suffix(".json").name, Path(SERVE).with_suffix(".json").name}
_OURS = (
    "dossiers", "outbox", FOLDER, MASKED_FOLDER, COPIES, FEEDBACK_FOLDER, KEY_FILE, LIST, REMEMBERED,
    places.SEEN, places.AGENDA, places.PACKAGES, places.INSPECTION, places.PARTS, places.RECEIVED, places.ARRIVED,
    PASSPHRASES,
    DECISIONS,
)  # fmt: skip
_OURS_TOO = (f"{LEDGER_FILE}*", "ledger-beschadigd*", f"{audit_file.ASIDE}-*", "proof/*")
_TOKEN = re.compile(rb"[a-z2-7]{16,}")
_WIDTH = 16  # characters of a pseudonym

Step = Callable[[str], None]


@dataclass(slots=True)
class Plan:
    """One destruction: what, by whom, when, why, and how much; `doomed` and `also` never leave this file."""

    id: str
    kind: str
    account: str
    ground: str
    at: str
    doomed: Doomed
    counts: dict[str, int]
    elsewhere: bool = False  # the ledger is not in the folder
    also: list[str] = field(default_factory=list)  # files outside, named by a person
    typed: list[str] = field(default_factory=list)  # files outside, of ours, with what was typed on a page
    reports: list[str] = field(default_factory=list)  # formats there were
    masked: list[str] = field(default_factory=list)
    lost: int = 0  # rows that others typed and that could not be kept

    def keep(self, out_dir: Path) -> None:
        with disk_guard():
            atrest.atomic_write(out_dir, out_dir / DESTRUCTION, json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, out_dir: Path) -> "Plan | None":
        """What is being destroyed here; None when nothing is. ConfigurationError when that cannot be read any more."""
        try:
            data = json.loads(atrest.read(out_dir / DESTRUCTION, out_dir))
            return cls(**(data | {"doomed": Doomed.from_dict(data["doomed"])}))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            raise ConfigurationError("destruction-unreadable", file=DESTRUCTION) from None


@dataclass(slots=True)
class Destroyed:
    """What was done: how much of each kind, and what is not ours to destroy."""

    plan: Plan
    proof: Path
    left: list[Text] = field(default_factory=list)


def prepare(
    ledger: Ledger, kind: str, which: str, *, account: str, why: str, also: Sequence[Path] = (),
    typed: Sequence[Path] = (),
) -> Plan:  # fmt: skip
    """Work out what goes and count it; nothing is written. UsageError when there is nothing, or a file is not there.

    `typed`: files of a project with what people typed on a page of the desk; their rows about those who go, go too.
    """
    assert ledger.out_dir is not None  # noqa: S101  a command line always has one
    for path in also:
        if not path.is_file():
            raise UsageError("destroy-also-absent")
    with ledger.read() as connection:
        doomed = choose(connection, kind, which, list(received(ledger.out_dir)))
        counts = rows.counted(connection, doomed)
    out_dir = ledger.out_dir
    counts |= beside.counted(out_dir, doomed, typed)
    counts["files"] = sum(path.exists() for path in _files(out_dir, doomed))
    counts["feedback"] = len(doomed.feedback)
    counts["copies"] = len(list(out_dir.glob(f"{COPIES}/*")))
    counts["waiting"] = doomed.waiting
    counts["arrived"] = len(doomed.arrived)
    counts["also"] = len(also)
    moment = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    return Plan(
        secrets.token_hex(8), kind, account, ground(why), moment, doomed, counts,
        elsewhere=ledger.path is None or ledger.path.parent.resolve() != out_dir.resolve(),
        also=[str(path.resolve()) for path in also], typed=[str(path.resolve()) for path in typed],
        reports=_formats(out_dir / FOLDER), masked=_formats(out_dir / MASKED_FOLDER),
    )  # fmt: skip


def destroy(
    out_dir: Path, plan: Plan, lang: str = "nl", *, ledger: str = "", step: Step = lambda _name: None
) -> Destroyed:
    """Do it, from the beginning or from where it was left; `step` is told of each step as it begins.

    `ledger`: where it is, when not in the folder. UsageError when that is not said.
    """
    if plan.elsewhere and not ledger:
        raise UsageError("destroy-needs-ledger")
    target = ledger if plan.elsewhere else out_dir
    with held(out_dir, "purge"), held(out_dir, "purge", SERVE):
        if not (out_dir / DESTRUCTION).exists():
            plan.keep(out_dir)
        step("files")
        for name in plan.also:
            wipe(Path(name))
        whole = _all if plan.kind == PROJECT else _part
        return whole(out_dir, target, plan, lang, step)


def _part(out_dir: Path, target: str | Path, plan: Plan, lang: str, step: Step) -> Destroyed:
    with Ledger.open(target, out_dir, create=False, unfinished=True) as ledger:
        for path in _files(out_dir, plan.doomed):
            _take(path)
        _arrivals(out_dir, plan.doomed)
        wipe_tree(places.rehearsal_dir(out_dir))  # left behind by one that was killed
        lost = beside.destroy_beside(out_dir, plan.doomed, [Path(name) for name in plan.typed])
        if lost:
            plan.lost += lost
            plan.keep(out_dir)
        _reports(ledger, out_dir)
        step("rows")
        empty = _rows(ledger, plan)
        step("vacuum")
        _compact(ledger)
        step("copies")
        wipe_tree(out_dir / COPIES)
        for aside in out_dir.glob("ledger-beschadigd*"):
            wipe(aside)
        _names(out_dir, empty)
        step("reports")
        check(ledger)
        run_id = ledger.last_run()
        if run_id is not None:
            for names, hidden in ((plan.reports, False), (plan.masked, True)):
                write_report(ledger, run_id, out_dir, names, lang, masked=hidden)
            write_workbook(ledger, run_id, out_dir, lang)
        step("search")
        left = _left(out_dir, plan)
        step("proof")
        with ledger.write() as connection:
            if not _told(connection, plan, "destroyed"):
                audit.append(connection, "destroyed", plan.account, _about(plan) | {"found-elsewhere": len(left)})
        audit_file.mirror(ledger)
        copy(ledger, out_dir)
        return _finish(out_dir, plan, left, lang)


def _all(out_dir: Path, target: str | Path, plan: Plan, lang: str, step: Step) -> Destroyed:
    if _closed(out_dir, plan).exists():  # it was done but for taking away the plan
        wipe(out_dir / DESTRUCTION)
        return Destroyed(plan, _proof(out_dir, plan))
    wipe(out_dir / KEY_FILE)
    with contextlib.suppress(Dod2osoError), Ledger.open(target, out_dir, create=False, unfinished=True) as ledger:
        audit_file.mirror(ledger)  # not when this goes on from half a ledger
        if plan.elsewhere:
            metadata.drop_all(ledger.engine)
    step("rows")
    for name in _OURS:
        wipe_tree(out_dir / name)
    for pattern in _OURS_TOO:
        for path in out_dir.glob(pattern):
            wipe_tree(path)
    for name in plan.typed:
        wipe(Path(name))
    step("proof")
    left = [Text("destroyed-left-other", count=n)] if (n := len(_others(out_dir))) else []
    log = out_dir / audit_file.FILE
    with disk_guard():
        audit_file.close(log, "destroyed", plan.account, _about(plan), plan.id)
    return _finish(out_dir, plan, left, lang)


def _finish(out_dir: Path, plan: Plan, left: list[Text], lang: str) -> Destroyed:
    proof = _proof(out_dir, plan)
    left = [*left, *_not_ours(plan)]
    with disk_guard():
        atomic_write(proof, proof_text(out_dir, plan, left, lang).encode())
        if plan.kind == PROJECT and (out_dir / audit_file.FILE).exists():  # a new project here begins a log of its own
            (out_dir / audit_file.FILE).replace(_closed(out_dir, plan))
    wipe(out_dir / DESTRUCTION)
    return Destroyed(plan, proof, left)


def _proof(out_dir: Path, plan: Plan) -> Path:
    return out_dir / f"vernietigd-{plan.at[:10]}-{plan.id}.txt"


def _closed(out_dir: Path, plan: Plan) -> Path:
    """The audit log of a project that is no more."""
    return out_dir / f"audit-{plan.at[:10]}-{plan.id}.jsonl"


def proof_text(out_dir: Path, plan: Plan, left: Sequence[Text], lang: str) -> str:
    """The proof for people: what kinds, how many, by whom, when, on what ground; nothing of a pupil."""
    from dod2oso.trust.terms import retention

    last = (out_dir / audit_file.FILE).read_text(encoding="ascii").splitlines()[-1]
    entry = audit.read_line(last)
    why = retention().grounds[plan.ground]["en" if lang == "en" else "nl"]
    lines = [
        Text("destroyed-title", kind=Text(f"destroyed-kind-{plan.kind}")),
        Text("destroyed-by", account=plan.account, system=entry.system, at=entry.at),
        Text("destroyed-why", ground=why),
        *(Text("destroyed-count", what=Text(f"destroyed-of-{name}"), count=n) for name, n in plan.counts.items() if n),
        *left,
        Text("destroyed-anchor", anchor=f"{entry.number}:{entry.hash}"),
    ]
    return "".join(f"{line.text(lang)}\n" for line in lines)


# --- the steps ---------------------------------------------------------------------------------------------------


def _files(out_dir: Path, doomed: Doomed) -> Iterator[Path]:
    """Every file that is about these alone, wherever it can stand; manifests before their dossiers."""
    for brin, name in doomed.dossiers:
        for state in places.STATES_WITH_FILE:
            yield places.dossier_path(out_dir, state, brin, name)
        yield places.temporary_dir(out_dir) / places.dossier_name(name)
    for name in doomed.names:
        for folder in ("", ".tmp", ".withdrawn"):
            for kind in ("json", "xml", f"xml{SUFFIX}"):
                yield out_dir / "outbox" / folder / f"{name}.{kind}"
    for brin, digest in doomed.feedback:
        yield out_dir / FEEDBACK_FOLDER / places.school_folder(brin) / f"{digest}.xml"


def _arrivals(out_dir: Path, doomed: Doomed) -> None:
    """Destroy dossiers that were received, and what is about several of those: a command makes that again."""
    if doomed.arrived:
        for name in (*doomed.arrived, TABLES, COMPARISONS):
            wipe_tree(out_dir / places.ARRIVED / name)


def _take(path: Path) -> None:
    """Destroy a file. A manifest leaves its place first: a sender that looks must find it whole or not at all."""
    if path.suffix == ".json" and path.exists():
        hidden = path.with_name(f".{path.name}.weg")
        path.replace(hidden)
        path = hidden
    wipe(path)


def _formats(folder: Path) -> list[str]:
    return sorted(path.suffix[1:] for path in folder.glob("gaps.*"))


def _reports(ledger: Ledger, out_dir: Path) -> None:
    """Reports are made again; a workbook in which somebody typed is theirs, and stays."""
    with ledger.read() as connection:
        ours = untouched(connection, out_dir / FOLDER)
    for path in (*out_dir.glob(f"{FOLDER}/gaps.*"), *out_dir.glob(f"{MASKED_FOLDER}/*"), *([ours] if ours else [])):
        wipe(path)


def _rows(ledger: Ledger, plan: Plan) -> list[str]:
    """Take the rows out, and say that it began; again: what it gave then."""
    with ledger.engine.connect() as raw:
        if ledger.engine.dialect.name == "sqlite":
            raw.exec_driver_sql("PRAGMA secure_delete = ON")
            raw.commit()
        with raw.begin():
            empty = rows.remove(raw, plan.doomed)
            if not _told(raw, plan, "destruction-begun"):
                audit.append(raw, "destruction-begun", plan.account, _about(plan))
    return empty


def _told(connection: Any, plan: Plan, what: str) -> bool:
    line = audit_log.c.line
    chosen = select(audit_log.c.number).where(line.contains(plan.id), line.contains(f'"{what}"')).limit(1)
    return connection.scalar(chosen) is not None


def _compact(ledger: Ledger) -> None:
    """No page of the database file, nor of its write-ahead log, still holds what was deleted."""
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if ledger.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA temp_store = MEMORY")
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM FULL {table.name}")


def _names(out_dir: Path, empty: Sequence[str]) -> None:
    """The real names of export files of which nothing is left."""
    if (out_dir / LIST).exists():
        names = NameList(out_dir)
        for name in empty:
            names.forget(name)
        if names.changed:
            wipe(out_dir / LIST)
            names.keep()


def _about(plan: Plan) -> dict[str, Any]:
    counts = {name: n for name, n in plan.counts.items() if n}
    return {"destruction": plan.id, "kind": plan.kind, "ground": plan.ground, **counts}


# --- what is left ------------------------------------------------------------------------------------------------


def _left(out_dir: Path, plan: Plan) -> list[Text]:
    """Files of the folder in which one of them can still be recognised, or that may hold what people typed."""
    gone = {word.encode() for word in (*plan.doomed.pupils, *plan.doomed.numbers)}
    found = []
    for path in sorted(out_dir.rglob("*")):
        if path.is_file() and path.name not in (DESTRUCTION, *KEPT) and _holds(path, gone):
            found.append(path.name if path.parent == out_dir else path.parent.name)
    told = [Text("destroyed-left-found", count=len(found))] if found else []
    typed = len(list((out_dir / FOLDER).glob("*.xlsx"))) - len(list((out_dir / FOLDER).glob("gaps.xlsx")))
    if typed > 1:  # the one that was written just now, and others
        told.append(Text("destroyed-left-typed", count=typed - 1))
    if nameless := sum(not each.sha256 for each in received(out_dir)):
        told.append(Text("destroyed-left-arrived", count=nameless))
    if (out_dir / REMEMBERED).exists():
        told.append(Text("destroyed-left-supplements"))
    return told


def _holds(path: Path, gone: set[bytes]) -> bool:
    before = b""
    for part in atrest.parts(path):
        data = before + part
        for run in _TOKEN.findall(data):
            if any(run[at : at + _WIDTH] in gone for at in range(len(run) - _WIDTH + 1)):
                return True
        before = data[1 - _WIDTH :]  # one can stand across two parts
    return False


def _not_ours(plan: Plan) -> Iterator[Text]:
    if not plan.also:
        yield Text("destroyed-left-exports")
    if plan.elsewhere:
        yield Text("destroyed-left-database")
    if plan.kind != PROJECT and plan.counts.get("packages"):
        yield Text("destroyed-packages")
    if plan.kind != PROJECT and plan.counts.get("inspection"):
        yield Text("destroyed-inspection")
    if plan.kind != PROJECT and plan.counts.get("arrived"):
        yield Text("destroyed-arrived")
    if plan.lost:
        yield Text("destroyed-lost", count=plan.lost)


def _others(out_dir: Path) -> list[Path]:
    ours = re.compile(r"(vernietigd|audit)-.*")
    return [path for path in out_dir.iterdir()
            if path.name not in (DESTRUCTION, *KEPT) and not ours.fullmatch(path.name)]  # fmt: skip
