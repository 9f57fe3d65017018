"""A whole run in an output folder, and its report as data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.ledger.engine import no_ledger
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.oso.versions import version as known_version
from dod2oso.report.json_ import render
from dod2oso.report.model import build
from dod2oso.report.summary import summary
from dod2oso.run.pipeline import run as run_pipeline
from dod2oso.run.session import Options, Result
from dod2oso.source.container.pins import gather_pins


@dataclass(frozen=True, slots=True)
class RunEnded:
    """How a run ended.

    `totals`: as `dod2oso run --json`. `unreadable`: names of exports that could not be read. `messages`: what the run
    told while it was busy, in its language. `skipped`: step -> why it had nothing to do. `report`: the files written.
    """

    out: Path
    totals: Mapping[str, Any]
    unreadable: tuple[str, ...]
    messages: tuple[str, ...]
    skipped: Mapping[str, str]
    report: tuple[Path, ...]
    workbook: Path | None
    staged: int


@dataclass(slots=True)
class _Listener:
    """Keeps what a run tells; dossiers are only counted by the ledger."""

    lang: str
    messages: list[str] = field(default_factory=list)

    def export(self, name: str, number: int, total: int, records: int) -> None:
        pass

    def dossiers(self, done: int) -> None:
        pass

    def message(self, text: Text) -> None:
        self.messages.append(text.text(self.lang))


def run_exports(
    *exports: str | Path,
    transfer: str,
    out: str | Path,
    version: str | None = None,
    profile: str | None = None,
    own_profiles: Sequence[str | Path] = (),
    mapping: str | Path | None = None,
    schools: str | Path | None = None,
    supplements: Sequence[str | Path] = (),
    decisions: Sequence[str | Path] = (),
    datum: str | None = None,
    pin_file: str | Path | None = None,
    merge: str | None = None,
    official: bool = False,
    workers: int = 1,
    lang: str = "nl",
    account: str = "",
) -> RunEnded:
    """What `dod2oso run` does: convert into `out`, with ledger, report and outbox. Nobody is asked anything.

    Every parameter means what its option means (docs/opdrachten.md). An export that cannot be read is in `unreadable`
    and in the report, and stops no other. Raises UsageError, ConfigurationError, CheckerError or TryLaterError (disk
    full, folder in use); after any of them the ledger is sound and the same call goes on.
    """
    options = Options(
        exports=exports,
        transfer=known_transfer(transfer).name,
        version=known_version(version).name if version else newest(),
        out_dir=Path(out),
        source_profile=profile,
        own_profiles=_paths(own_profiles),
        mapping=Path(mapping) if mapping is not None else None,
        supplements=_paths(supplements),
        schools=Path(schools) if schools is not None else None,
        decisions=_paths(decisions),
        workers=workers,
        datum=datum,
        lang=lang,
        official=official,
        merge=merge,
        pins=gather_pins(Path(pin_file) if pin_file is not None else None),
        account=account,
    )
    told = _Listener(lang)
    result = run_pipeline(options, told)
    with Ledger.open(options.out_dir) as ledger:
        return _ended(options.out_dir, summary(ledger, result.run_id), result, told.messages)


def _ended(out: Path, totals: dict[str, Any], result: Result, messages: list[str]) -> RunEnded:
    return RunEnded(
        out, totals, tuple(result.unreadable), tuple(messages),
        {step.name: step.skipped for step in result.steps if step.skipped},
        tuple(result.report), result.workbook, result.staged,
    )  # fmt: skip


def _paths(given: Sequence[str | Path]) -> list[Path]:
    return [Path(each) for each in given]


def read_report(out: str | Path, *, lang: str = "nl", since: str = "") -> dict[str, Any]:
    """The gap report of the last run in an output folder, as `gaps.json` has it (docs/rapport.schema.json).

    since: the id of an earlier run to compare with. UsageError when there is no run in that folder. Of personal data it
    holds none; who may see which small numbers is up to who shares it (`dod2oso report --mask-small`).
    """
    with Ledger.open(Path(out), create=False) as ledger:
        run_id = ledger.last_run()
        if run_id is None:
            raise no_ledger()
        file = BytesIO()
        render(ledger, build(ledger, run_id, lang, since=since), file)
    return dict(json.loads(file.getvalue()))
