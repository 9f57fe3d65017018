"""Synthetic outcomes to record: no pupil behind them, only codes and counts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import FieldCount, Outcome, State
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.recorder import Recorder
from dod2oso.ledger.store import Ledger

OSO = "2019.1"
OVERSTAP = "POVO"
DATUM = "2016-06-01"
PSEUDONYMS = Pseudonyms(bytes(32))

MAPPED = FieldCount("leerling.roepnaam", "mapped", "")
WITHHELD = FieldCount("leerling.nationaliteiten[].code", "dropped", "wet")
HOMELESS = FieldCount("zorg.wsnsnummer", "dropped", "geen-plaats")
UNREAD = FieldCount("Dossier/Kind/Kleur", "unmapped", "")
REFUSED = FieldCount("advies.code", "refused", "advies-vervallen-2014")

ADVICE = Finding("advies-vervallen-2014", field="advies.code", target="huidigeschool/leerling/overstapadvies/advies")
CONSENT = Finding("oso-regel", rule="inzage-blok-verplicht", target="inzage")
UNKNOWN = Finding("veld-onbekend", field="Dossier/Kind/Kleur")
NO_SCHOOL = Finding("school-onbekend", field="school.brin")


def outcome(
    record: int,
    state: State = "ready",
    *,
    brin: str = "99AA",
    vestiging: str = "00",
    pupil: str | None = None,
    pgn: str = "",
    name: str = "",
    findings: Iterable[Finding] = (),
    fields: dict[FieldCount, int] | None = None,
    lossy: int = 0,
    content: str = "",
) -> Outcome:
    """One outcome whose balance follows from its fields; `pupil` makes the pseudonym, `content` the bytes."""
    fields = {MAPPED: 3, WITHHELD: 1} if fields is None else fields
    balance = Balance(lossy=lossy)
    for key, n in fields.items():
        setattr(balance, key.outcome, getattr(balance, key.outcome) + n)
        balance.source_values += n
    pupil = pupil or f"{brin}-{record}"
    return Outcome(
        record,
        state,
        "" if state == "rejected" else brin,
        "" if state == "rejected" else vestiging,
        PSEUDONYMS.of("pupil", pupil),
        PSEUDONYMS.of("pgn", pgn) if pgn else "",
        PSEUDONYMS.of("name", name) if name else "",
        None if state == "rejected" else f"<dossier>{pupil} {content}</dossier>\n".encode(),
        list(findings),
        balance,
        dict(fields),
        [] if state == "rejected" else ["metadata/datum", "huidigeschool/leerling/achternaam"],
    )


def start(ledger: Ledger, run: str, name: str = "a.xml", *, fingerprint: str = "f1", **more: Any) -> ExportRow:
    values = {"position": 0, "config": "c1", "profile": "dod-referentie"} | more
    return ledger.start_export(
        run, name=name, oso=OSO, overstap=OVERSTAP, fingerprint=fingerprint, datum=DATUM, **values
    )


def begin(ledger: Ledger) -> str:
    return ledger.begin_run(OSO, OVERSTAP, DATUM)


def convert(
    ledger: Ledger,
    out: Path,
    run: str,
    outcomes: Sequence[Outcome],
    name: str = "a.xml",
    *,
    batch: int = 2,
    findings: Sequence[Finding] = (),
    **more: Any,
) -> ExportRow:
    """Take one export from start to done, resuming where a stopped run left it."""
    row = start(ledger, run, name, **more)
    left = outcomes[row.records :]
    with Recorder(ledger, out, row) as recorder:
        for at in range(0, len(left), batch):
            recorder.record(left[at : at + batch])
    ledger.finish_export(row.id, recorder.balance, findings)
    done = ledger.export(name, OSO, OVERSTAP)
    assert done is not None
    return done


def files(out: Path) -> dict[str, bytes]:
    """Every dossier file by its path under `dossiers`, temporary ones included."""
    root = out / "dossiers"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
