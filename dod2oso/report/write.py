"""Writing the gap report: DIR/report/gaps.html, gaps.xlsx, gaps.csv, gaps.json, gaps.pdf.

A masked one, to be shared, stands in a folder of its own: beside it would stand what must not be shared.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from dod2oso.base.errors import FileInUseError, UsageError
from dod2oso.base.files import disk_guard, make_private_dir, write_each
from dod2oso.ledger.store import Ledger
from dod2oso.report.masking import mask
from dod2oso.report.model import build
from dod2oso.report.renderings import DEFAULT_FORMATS, FORMATS, RENDERINGS
from dod2oso.report.style import PLAIN, HouseStyle

__all__ = ["DEFAULT_FORMATS", "FORMATS", "write"]

FOLDER, MASKED_FOLDER = "report", "report-delen"


def write(
    ledger: Ledger,
    run_id: str,
    out_dir: Path,
    formats: Sequence[str],
    lang: str = "nl",
    *,
    since: str = "",
    versions: bool = False,
    mapping: Path | None = None,
    masked: bool = False,
    style: HouseStyle = PLAIN,
    in_use: Callable[[FileInUseError], object] | None = None,
) -> list[Path]:
    """Write the report of a run in each of `formats`, 0600 and whole or not at all; return the files.

    `in_use` is told of each file that another program has open: it stays as it was, and the others are written.

    `since`, `versions` and `mapping` as in `model.build`; `masked` hides small counts (masking.py). UsageError for an
    unknown format, or for PDF where it cannot be made.
    """
    for name in formats:
        if name not in FORMATS:
            raise UsageError("report-format-unknown", known=", ".join(FORMATS))
        if (check := RENDERINGS[name].check) is not None:
            check()
    report = build(ledger, run_id, lang, since=since, versions=versions, mapping=mapping)
    if masked:
        report = mask(report)
    with disk_guard():
        folder = make_private_dir(out_dir / (MASKED_FOLDER if masked else FOLDER))
        names = {folder / f"gaps.{name}": name for name in formats}
        return write_each(names, lambda path, file: RENDERINGS[names[path]].write(ledger, report, file, style), in_use)
