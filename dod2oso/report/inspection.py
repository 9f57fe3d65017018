"""What parents inspect: of every dossier a page made from the very bytes that would leave, to read and to sign.

Below `inzage/<BRIN>-<location>/` stand a page per pupil and all of a school as one document to print. A page says what
goes, in words; what stays behind, and why; and by which mark the content is known again (handover/inspected.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.wipe import wipe_tree
from dod2oso.base.xml import parse_bytes
from dod2oso.handover.inspected import Shown, content_of_root, remember_shown
from dod2oso.ledger import places
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.duplicates import merged_away
from dod2oso.ledger.rows import exports_of, in_pages
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers, exports
from dod2oso.report import pdf
from dod2oso.report.page import environment, hash_of, style_sheet
from dod2oso.report.readable import Line, Readable, name_of
from dod2oso.report.style import HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.supplement.needs import Needs
from dod2oso.supplement.repairs import repairs

ALL = "alle"  # the name of the document of a whole school
_CONSENT = "inzage/"  # OSO paths that parents themselves answer


@dataclass(slots=True)
class Page:
    """One pupil. `left`: by why it stays behind, the names of what does."""

    dossier: str
    pseudonym: str
    name: str
    ready: bool
    sha256: str
    content: str
    lines: list[Line]
    left: list[tuple[str, list[str]]]


@dataclass(slots=True)
class Made:
    """What was written: how many pages per school, how many dossiers are not complete enough, and the documents."""

    schools: dict[tuple[str, str], int] = field(default_factory=dict)
    incomplete: int = 0
    changed: int = 0  # files that are not what was converted
    documents: list[Path] = field(default_factory=list)


def write_inspection(
    ledger: Ledger,
    run_id: str,
    out_dir: Path,
    day: date,
    style: HouseStyle,
    lang: str,
    contact: str = "",
    *,
    as_pdf: bool = False,
    brin: str = "",
    pupil: str = "",
) -> Made:
    """Make the pages of the last run, replacing those of before, and write down what was shown on `day`.

    `brin`, `pupil` (a dossier id): only of these. Of one pupil the document of the school stays as it is; else the PDF
    is that of the whole school.

    A page is made of a dossier that is ready, or that waits for nothing but the answer of the parents. UsageError when
    a PDF is asked for and none can be made here.
    """
    if as_pdf:
        pdf.check_installed()
    made, folder = Made(), out_dir / places.INSPECTION
    with disk_guard():
        make_private_dir(folder)
    chosen = (
        row
        for row in _rows(ledger, run_id)
        if (not brin or row.brin == brin) and (not pupil or row.dossier_id == pupil)
    )
    for (at, vestiging, oso, overstap), rows in groupby(chosen, key=lambda row: tuple(row[:4])):
        maker = _Maker(out_dir, oso, overstap, lang, style, contact, ledger)
        pages = [page for row in rows if (page := maker.page(row, made)) is not None]
        if not pages:
            continue
        pages.sort(key=lambda page: page.name.casefold())
        with disk_guard():
            home = _home(out_dir, at, vestiging)
            if not pupil:
                wipe_tree(home)
            make_private_dir(home)
            for page in pages:
                found = _write(home / page.dossier, maker.html([page]), as_pdf and bool(pupil))
                made.documents += found if pupil else []
            if not pupil:
                made.documents += _write(home / ALL, maker.html(pages), as_pdf)
        made.schools[at, vestiging] = len(pages)
        with ledger.write() as connection:
            remember_shown(connection, (Shown(page.pseudonym, page.content) for page in pages), day)
    return made


def page_of(out_dir: Path, dossier_id: str, brin: str, vestiging: str) -> Path:
    """Where the page of a dossier stands, when it was made."""
    return _home(out_dir, brin, vestiging) / f"{dossier_id}.html"


def _home(out_dir: Path, brin: str, vestiging: str) -> Path:
    return out_dir / places.INSPECTION / f"{places.school_folder(brin)}-{vestiging or '00'}"


def _rows(ledger: Ledger, run_id: str) -> Iterator[Any]:
    chosen = (
        select(
            dossiers.c.brin, dossiers.c.vestiging, exports.c.oso, exports.c.overstap, dossiers.c.dossier_id,
            dossiers.c.pseudonym, dossiers.c.state, dossiers.c.sha256, dossiers.c.needs, dossiers.c.counts,
        )
        .join(exports, exports.c.id == dossiers.c.export_id)
        .where(
            dossiers.c.export_id.in_(exports_of(run_id)), dossiers.c.state.in_(("ready", "held")), dossiers.c.placed,
            dossiers.c.id.not_in(merged_away()),
        )
        .order_by(dossiers.c.brin, dossiers.c.vestiging, exports.c.oso, exports.c.overstap, dossiers.c.id)
    )  # fmt: skip
    with ledger.read() as connection:
        rows = in_pages(connection, chosen).all()
    yield from rows


def _write(path: Path, html: str, as_pdf: bool) -> list[Path]:
    made = [path.with_name(f"{path.name}.html")]
    atomic_write(made[0], html.encode())
    if as_pdf:
        made.append(path.with_name(f"{path.name}.pdf"))
        atomic_write(made[1], pdf.of_html(html, path.name))
    return made


class _Maker:
    """Makes the pages of one school."""

    def __init__(
        self, out_dir: Path, oso: str, overstap: str, lang: str, style: HouseStyle, contact: str, ledger: Ledger
    ) -> None:
        self._out_dir = out_dir
        self._words = Lexicon(lang, oso, overstap)
        self._readable = Readable(self._words, oso)
        self._style = style
        self._contact = contact
        with ledger.read() as connection:
            self._unpack = unpacker(connection)

    def page(self, row: Any, made: Made) -> Page | None:
        if row.state == "held" and not _only_consent(row.needs):
            made.incomplete += 1
            return None
        path = places.dossier_path(self._out_dir, row.state, row.brin, row.dossier_id)
        data = places.read_intact(path, row.sha256)
        if data is None:
            made.changed += 1
            return None
        root = parse_bytes(data)
        return Page(
            dossier=row.dossier_id, pseudonym=row.pseudonym, name=name_of(root), ready=row.state == "ready",
            sha256=row.sha256, content=content_of_root(root), lines=list(self._readable.lines(root)),
            left=self._left(row.counts),
        )  # fmt: skip

    def html(self, pages: list[Page]) -> str:
        words, lang = self._words, self._words.lang
        style_text = style_sheet(self._style)
        return (
            environment()
            .get_template("inspection.html.j2")
            .render(
                lang=lang,
                pages=pages,
                transfer=words.transfer(),
                contact=self._contact,
                style=self._style,
                style_text=Markup(style_text),  # noqa: S704  our own file
                style_hash=hash_of(style_text),
                say=words.say,
                mark=_mark,
            )
        )

    def _left(self, packed: bytes | None) -> list[tuple[str, list[str]]]:
        if packed is None:
            return []
        by_reason: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for found, _count in self._unpack(packed)[0].items():
            if found.outcome in ("dropped", "refused", "unmapped"):
                reason = self._words.reason(found.reason, found.outcome)
                by_reason[reason][self._words.field(found.field) or found.field] = None
        return [(reason, sorted(names)) for reason, names in sorted(by_reason.items())]


def _only_consent(needs: str) -> bool:
    """Whether nothing is missing but what the parents answer when they inspected."""
    found = Needs.parse(needs)
    known = repairs()
    wanted = [known[key] for key in found.repairs if key in known]
    columns = [fill.column for repair in wanted for fill in repair.fill]
    return bool(columns) and not found.stuck and all(column.startswith(_CONSENT) for column in columns)


def _mark(digest: str) -> str:
    """A hash in groups of eight, for an eye that compares."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
