"""Takes in what came: judges each dossier, keeps it, shows it, and makes tables of those that may be taken."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree
from markupsafe import Markup

from dod2oso.base import atrest
from dod2oso.base.files import disk_guard, make_private_dir
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe_tree
from dod2oso.base.xml import parse_bytes
from dod2oso.ledger import places
from dod2oso.ledger.arrived import COMPARISONS, DOSSIER, TABLES, Arrived, keep
from dod2oso.ledger.rows import timestamp
from dod2oso.oso.check_files import FileReport
from dod2oso.oso.transfers import all_transfers
from dod2oso.receive.compare import Change, Whose, changes, same_pupil
from dod2oso.receive.gather import Piece
from dod2oso.receive.judge import findings, refusals
from dod2oso.receive.tables import Tables
from dod2oso.receive.unpack import Attachment, unpack
from dod2oso.report.page import environment, hash_of, said, style_sheet
from dod2oso.report.readable import Line, Readable, name_of
from dod2oso.report.style import HouseStyle
from dod2oso.report.texts import Lexicon
from dod2oso.supplement.pupil import Pupil, pgn_key
from dod2oso.supplement.who import pupil_of

PAGE = "dossier.html"
WORKBOOK = "dossiers.xlsx"


@dataclass(slots=True)
class Received:
    """One dossier. name: where it came from, safe to tell; refused: why it may not be taken; pupil: about whom.

    unpacked: how many attachments stand beside it; packed: why others do not.
    """

    id: str
    name: str
    report: FileReport
    refused: tuple[Text, ...]
    pupil: Pupil
    transfer: str
    folder: Path
    unpacked: int
    packed: tuple[Text, ...]

    def root(self) -> etree._Element:
        """The dossier, read anew: many of them do not fit in memory."""
        return parse_bytes(atrest.read(self.folder / DOSSIER))


@dataclass(slots=True)
class Taken:
    """What came of it all. left: (where it came from, why it is no dossier); twice: dossiers that came more than once.

    files: what was written that is about several dossiers; tables: None when none were asked for.
    """

    dossiers: list[Received] = field(default_factory=list)
    left: list[tuple[str, Text]] = field(default_factory=list)
    twice: int = 0
    files: list[Path] = field(default_factory=list)
    tables: Tables | None = None

    @property
    def accepted(self) -> list[Received]:
        return [each for each in self.dossiers if not each.refused]


def take(
    out_dir: Path,
    pieces: Iterable[Piece],
    accepted: Collection[str],
    formats: Sequence[str],
    style: HouseStyle,
    lang: str,
    done: Callable[[], object] = lambda: None,
) -> Taken:
    """Keep every dossier with a page to read and its attachments, and make tables of those that may be taken.

    accepted: the versions that hold; formats: of the tables, of tables.FORMATS. `done` is called after each piece.
    """
    made, maker = Taken(), _Maker(out_dir, accepted, style, lang)
    known: set[str] = set()
    with disk_guard():
        for piece in pieces:
            if piece.data is None or piece.report is None:
                made.left.append((piece.name, piece.problem or Text("unchecked-geen-oso")))
            elif (digest := sha256(piece.data).hexdigest()) in known:
                made.twice += 1
            else:
                known.add(digest)
                made.dossiers.append(maker.one(piece, digest))
            done()
        folder = out_dir / places.ARRIVED / TABLES
        if formats:
            wipe_tree(folder)  # those of before are about others
        if formats and maker.tables.rows:
            made.tables, made.files = maker.tables, _write(maker.tables, out_dir, folder, formats)
    return made


class _Maker:
    """Keeps dossiers one after the other, and puts those that may be taken into the tables."""

    def __init__(self, out_dir: Path, accepted: Collection[str], style: HouseStyle, lang: str) -> None:
        self._out_dir, self._accepted, self._style, self._lang = out_dir, accepted, style, lang
        self._pseudonyms = Pseudonyms(load_key(out_dir))
        self.tables = Tables(lang)

    def one(self, piece: Piece, digest: str) -> Received:
        """Keep a dossier, with all that belongs to it."""
        assert piece.data is not None and piece.report is not None  # noqa: S101 - looked at
        root, refused = parse_bytes(piece.data), tuple(refusals(piece, self._accepted))
        pupil, pseudonyms = pupil_of(root, piece.report.version), self._pseudonyms
        found = Arrived(
            id=pseudonyms.of("binnengekomen", digest), sha256=digest, at=timestamp(), brin=pupil.brin,
            oso=piece.report.version, pseudonym=pupil.keys(pseudonyms, 0).pseudonym,
            number=pgn_key(pseudonyms, pupil.pgn), taken=not refused,
        )  # fmt: skip
        wipe_tree(found.folder(self._out_dir))
        folder = keep(self._out_dir, found, piece.data)
        attachments = unpack(root, self._out_dir, folder)
        packed = tuple(each.problem for each in attachments if each.problem is not None)
        one = Received(
            found.id, piece.name, piece.report, refused, pupil, _transfer(root), folder,
            len(attachments) - len(packed), packed,
        )  # fmt: skip
        page = _page(one, root, attachments, self._style, self._lang).encode()
        atrest.atomic_write(self._out_dir, folder / PAGE, page)
        if not refused:
            places_of = {each.element: _place_of(one, each, self._lang) for each in attachments}
            self.tables.add(one.id, root, one.report.version, places_of)
        return one


def _transfer(root: etree._Element) -> str:
    """The kind of transfer that a dossier says it is of; "" when that is none of ours."""
    kind, overstap = (root.findtext(path) or "" for path in ("{*}overdrachtsoort", "{*}metadata/{*}overstap"))
    for each in all_transfers():
        if each.overdrachtsoort == kind and each.overstap in (None, overstap):
            return each.name
    return ""


def _write(tables: Tables, out_dir: Path, folder: Path, formats: Sequence[str]) -> list[Path]:
    make_private_dir(folder)
    written = []
    if "csv" in formats:
        for name, data in tables.csv_files():
            atrest.atomic_write(out_dir, folder / name, data)
            written.append(folder / name)
    if "xlsx" in formats:
        with atrest.atomic_open(out_dir, folder / WORKBOOK) as file:
            tables.workbook(file)
        written.append(folder / WORKBOOK)
    return written


def _place_of(one: Received, each: Attachment, lang: str) -> str:
    return f"../{one.id}/{each.file}" if each.file else each.text(lang)


# --- pages ---------------------------------------------------------------------------------------------------------


def _page(one: Received, root: etree._Element, attachments: Sequence[Attachment], style: HouseStyle, lang: str) -> str:
    """A dossier as a page that stands on its own."""
    files = {each.element: each for each in attachments}
    words = Lexicon(lang, one.report.version, one.transfer)
    readable = Readable(words, one.report.version, lambda element: files[element].text(lang))
    return _html(
        "received.html.j2", style, lang, one=one, name=name_of(root), lines=list(readable.lines(root, frozenset())),
        findings=findings(one.report, lang), transfer=words.transfer() if one.transfer else "",
        refused=[text.text(lang) for text in one.refused], attachments=attachments,
    )  # fmt: skip


@dataclass(slots=True)
class Comparison:
    """Two dossiers beside each other."""

    before: Received
    after: Received
    whose: Whose
    changes: list[Change]

    def rows(self, lang: str, *, values: bool) -> list[tuple[str, str, list[Line], list[Line]]]:
        """Per change its kind, what it is about, and (with `values`) the lines before and after."""
        sides = [Readable(Lexicon(lang, each.report.version, each.transfer), each.report.version)
                 for each in (self.before, self.after)]  # fmt: skip
        found = []
        for change in self.changes:
            label = sides[change.before is None].label(change.path)
            lines = [
                list(side.at(element, change.path)) if values and element is not None else []
                for side, element in zip(sides, (change.before, change.after), strict=True)
            ]
            found.append((change.kind, label, lines[0], lines[1]))
        return found


def compared(before: Received, after: Received) -> Comparison:
    """What changed between two dossiers that came in, and whether they are of one pupil."""
    return Comparison(before, after, same_pupil(before.pupil, after.pupil), changes(before.root(), after.root()))


def write_comparison(out_dir: Path, found: Comparison, style: HouseStyle, lang: str) -> Path:
    """Write a page about it; where it stands. Its name holds the ids of both."""
    folder = make_private_dir(out_dir / places.ARRIVED / COMPARISONS)
    path = folder / f"{found.before.id}-{found.after.id}.html"
    html = _html(
        "received-compared.html.j2", style, lang, found=found, rows=found.rows(lang, values=True),
        whose=Text(f"receive-whose-{found.whose.value}").text(lang),
        change_name=lambda kind: Text(f"receive-change-{kind}").text(lang),
    )  # fmt: skip
    atrest.atomic_write(out_dir, path, html.encode())
    return path


def _html(template: str, style: HouseStyle, lang: str, **values: Any) -> str:
    style_text = style_sheet(style)
    return (
        environment()
        .get_template(template)
        .render(
            lang=lang,
            style=style,
            style_text=Markup(style_text),  # noqa: S704  our own file
            style_hash=hash_of(style_text),
            say=partial(said, lang),
            **values,
        )
    )
