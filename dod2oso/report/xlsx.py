"""gaps.xlsx: a sheet per view, with filters and frozen headers; waiting dossiers are streamed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

import xlsxwriter

from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.report.csv_ import neutralise
from dod2oso.report.html import group_reasons
from dod2oso.report.masking import MARK, Hidden
from dod2oso.report.model import FindingPart, Report
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import Lexicon

MAX_ROWS = 1_048_000  # just under what a sheet can hold
_WIDEST = 60
Cell = str | int | float
Row = Sequence[Cell]


def render(ledger: Ledger, report: Report, file: BinaryIO, style: HouseStyle = PLAIN) -> None:
    """Write the workbook. It holds values only: no formulas, no links, no macros."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        words = Lexicon(report.lang, report.run.oso, report.run.overstap)
        made = datetime.fromisoformat(report.run.started.replace("Z", "+00:00")).replace(tzinfo=None)
        book.set_properties({"title": "dod2oso", "created": made})  # the same ledger gives the same bytes
        sheets = _Sheets(book, style)
        for view in _views(report, words):
            sheets.add(*view)
        if not report.masked:
            sheets.add(
                words.pick("Wachtende dossiers", "Waiting dossiers"),
                _waiting_header(words),
                _waiting(ledger, report, words),
            )


class View(NamedTuple):
    """One sheet: its name, its columns (title and width), its rows."""

    name: str
    header: Sequence[tuple[str, int]]
    rows: Iterable[Row]


class _Sheets:
    """Adds sheets that all look the same."""

    def __init__(self, book: Any, style: HouseStyle) -> None:
        self._book = book
        colour = style.colour or "#1f5673"
        self._head = book.add_format({"bold": True, "bg_color": colour, "font_color": "#ffffff", "valign": "top"})
        self._text = book.add_format({"valign": "top", "text_wrap": True})
        self._number = book.add_format({"valign": "top", "num_format": "#,##0"})

    def add(self, name: str, header: Sequence[tuple[str, int]], rows: Iterable[Row]) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(header):
            sheet.set_column(column, column, min(width, _WIDEST))
            sheet.write_string(0, column, title, self._head)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(last, column, neutralise(cell), self._text)
                elif isinstance(cell, Hidden):
                    sheet.write_string(last, column, MARK, self._text)
                else:
                    sheet.write_number(last, column, cell, self._number)
            if last >= MAX_ROWS:
                break
        sheet.autofilter(0, 0, max(last, 1), len(header) - 1)


def _views(report: Report, words: Lexicon) -> Iterator[View]:
    t = words.pick
    d, b, run = report.dossiers, report.balance, report.run
    number = t("Aantal", "Number")
    yield View(
        t("Voorblad", "Front page"),
        [(t("Wat", "What"), 45), (number, 18)],
        [
            (t("Overstap", "Transfer"), f"{run.overstap}, {report.transfer}"),
            ("OSO", run.oso),
            (t("Peildatum", "Reference date"), run.datum),
            ("Run", run.id),
            (t("Klaar", "Ready"), d.ready),
            (t("Aangehouden", "Held"), d.held),
            (t("Afgewezen", "Rejected"), d.rejected),
            (t("Alle gegevens in de exports", "All values in the exports"), b.source_values),
            (t("Overgenomen", "Taken over"), b.mapped),
            (t("waarvan met verlies", "of which with loss"), b.lossy),
            (t("Achtergehouden (wet of overstap)", "Withheld (law or transfer)"), report.withheld),
            (t("Weggelaten om andere reden", "Left out for another reason"), report.left_out),
            (t("Niet gelezen", "Not read"), b.unmapped),
            (t("Niet bruikbaar", "Not usable"), b.refused),
            *(
                [
                    (
                        t(
                            "* is afgeschermd: minder dan 5, of daaruit te herleiden",
                            "* is hidden: under 5, or to be computed",
                        ),
                        MARK,
                    )
                ]
                if report.masked
                else []
            ),
        ],
    )
    cause, remedy = (t("Oorzaak", "Cause"), 60), (t("Wat te doen", "What to do"), 60)
    yield View(
        t("Eerst doen", "Do first"),
        [cause, remedy, ("Dossiers", 10), (t("Enige oorzaak", "Only cause"), 14), ("Code", 28)],
        [(item.text, item.remedy, item.dossiers, item.only, item.key.code) for item in report.first],
    )
    sim = report.extras.simulation
    yield View(
        t("Aanvullingen", "Repairs"),
        [
            (t("Aanvulling", "Repair"), 50),
            (t("Kolommen", "Columns"), 50),
            (t("Nodig bij", "Needed in"), 12),
            (t("Scholen", "Schools"), 10),
            (t("Alleen dit: klaar", "Only this: ready"), 16),
        ],
        [(item.text, ", ".join(item.columns), item.dossiers, item.schools, item.alone) for item in sim.repairs],
    )
    yield View(
        t("Kortste lijst", "Shortest list"),
        [
            (t("Doel (%)", "Goal (%)"), 10),
            (t("Stap", "Step"), 8),
            (t("Aanvulling", "Repair"), 50),
            (t("Dan klaar", "Then ready"), 12),
            (t("Haalt het doel", "Reaches the goal"), 16),
        ],
        [
            (goal.percent, step, text, goal.ready[step - 1], t("ja", "yes") if goal.reached else t("nee", "no"))
            for goal in sim.goals
            for step, text in enumerate(goal.texts, 1)
        ],
    )
    states = [(t("Klaar", "Ready"), 10), (t("Aangehouden", "Held"), 13), (t("Afgewezen", "Rejected"), 12)]
    yield View(
        t("Scholen", "Schools"),
        [("BRIN", 8), (t("Vestiging", "Location"), 10), *states, (t("Belangrijkste oorzaken", "Main causes"), 60)],
        [
            (
                part.brin,
                part.vestiging,
                part.dossiers.ready,
                part.dossiers.held,
                part.dossiers.rejected,
                "; ".join(item.text for item in part.causes),
            )
            for part in report.schools
        ],
    )
    yield View(
        t("Indelingen", "Layouts"),
        [(t("Bronprofiel", "Source profile"), 26), ("Exports", 9), *states, *_balance_header(words)],
        [
            (
                part.profile,
                part.exports,
                part.dossiers.ready,
                part.dossiers.held,
                part.dossiers.rejected,
                *_balance(part.balance),
            )
            for part in report.profiles
        ],
    )
    yield View(
        "Exports",
        [
            ("Export", 36),
            (t("Bronprofiel", "Source profile"), 26),
            (t("Stand", "Status"), 12),
            *states,
            *_balance_header(words),
            (t("Over het bestand", "About the file"), 60),
        ],
        [
            (
                part.name,
                part.profile,
                part.status,
                part.dossiers.ready,
                part.dossiers.held,
                part.dossiers.rejected,
                *_balance(part.balance),
                "; ".join(_note(note) for note in part.notes),
            )
            for part in report.exports
        ],
    )
    fill = [
        (t("Heeft het", "Have it"), 11),
        (t("Mist het", "Lack it"), 11),
        (t("Bij deze overstap", "In this transfer"), 18),
    ]
    yield View(
        t("OSO-categorieën", "OSO categories"),
        [(t("Categorie", "Category"), 34), *fill],
        [(part.label, part.dossiers, part.lacks, part.level) for part in report.categories],
    )
    yield View(
        t("OSO-velden", "OSO fields"),
        [(t("OSO-veld", "OSO field"), 60), (t("Betekenis", "Meaning"), 44), *fill, (t("Regels", "Rules"), 44)],
        [
            (part.path, part.label, part.dossiers, part.lacks, part.level, ", ".join(part.rules))
            for part in report.targets
        ],
    )
    yield View(
        t("Brongegevens", "Source fields"),
        [
            (t("Gegeven", "Field"), 44),
            (t("Betekenis", "Meaning"), 44),
            *_balance_header(words)[1:-1],
            (t("Waarom", "Why"), 60),
        ],
        [
            (
                part.name,
                part.label,
                part.mapped,
                part.dropped,
                part.unmapped,
                part.refused,
                "; ".join(dict.fromkeys(reason.text for reason in part.reasons)),
            )
            for part in report.fields
        ],
    )
    yield View(
        t("Bevindingen", "Findings"),
        [
            cause,
            remedy,
            (t("Ernst", "Severity"), 10),
            (t("Keer", "Times"), 9),
            ("Dossiers", 10),
            (t("Scholen", "Schools"), 10),
            (t("Vorm", "Shape"), 26),
            ("Code", 28),
            (t("Regel", "Rule"), 34),
        ],
        [
            (
                item.text,
                item.remedy,
                item.severity,
                item.count,
                item.dossiers,
                item.schools,
                ", ".join(item.examples),
                item.key.code,
                item.key.rule,
            )
            for item in report.findings
        ],
    )
    reasons = group_reasons(report.fields)
    for legal, name in (
        (True, t("Wettelijk achtergehouden", "Withheld by law")),
        (False, t("Niet omgezet", "Not converted")),
    ):
        yield View(
            name,
            [(t("Reden", "Reason"), 50), (t("Gegeven", "Field"), 44), (number, 10), (t("Grond", "Ground"), 60)],
            [
                (group.text, part.label or part.name, count, ground)
                for group in reasons
                if group.legal == legal
                for part, count, ground in group.fields
            ],
        )
    yield from _comparisons(report, words)


def _comparisons(report: Report, words: Lexicon) -> Iterator[View]:
    t = words.pick
    changes, versions, trends = report.extras.changes, report.extras.versions, report.extras.trends
    if changes is not None:
        yield View(
            t("Veranderd", "Changed"),
            [
                (t("Oorzaak", "Cause"), 60),
                (t("Toen", "Then"), 9),
                (t("Nu", "Now"), 9),
                (t("Opgelost", "Solved"), 10),
                (t("Nieuw", "New"), 9),
            ],
            [(item.text, item.before, item.after, item.solved, item.new) for item in changes.causes],
        )
        yield View(
            t("Veranderd per school", "Changed per school"),
            [
                ("BRIN", 8),
                (t("Vestiging", "Location"), 10),
                (t("Werd klaar", "Became ready"), 12),
                (t("Viel terug", "Fell back"), 12),
                (t("Kwam erbij", "Arrived"), 12),
                (t("Verdween", "Left"), 12),
            ],
            [
                (item.brin, item.vestiging, item.became_ready, item.fell_back, item.arrived, item.left)
                for item in changes.schools
            ],
        )
    if trends:
        yield View(
            t("Ontwikkeling", "Trend"),
            [
                ("BRIN", 8),
                (t("Vestiging", "Location"), 10),
                ("Run", 26),
                (t("Begonnen", "Started"), 22),
                (t("Klaar", "Ready"), 9),
                (t("Aangehouden", "Held"), 13),
                (t("Afgewezen", "Rejected"), 12),
            ],
            (
                (trend.brin, trend.vestiging, point.run, point.started, point.ready, point.held, point.rejected)
                for trend in trends
                for point in trend.points
            ),
        )
    if versions is not None:
        yield View(
            t("OSO-versies", "OSO versions"),
            [
                ("OSO", 10),
                (t("Met plaats", "With a place"), 12),
                (t("Zonder plaats", "Without"), 14),
                (t("Erbij", "Gained"), 9),
                (t("Eraf", "Lost"), 9),
            ],
            [
                (part.version, part.with_place, part.without_place, part.gained, part.lost)
                for part in versions.versions
                if part.available
            ],
        )
        yield View(
            t("Velden per versie", "Fields by version"),
            [
                (t("Gegeven", "Field"), 44),
                (t("Betekenis", "Meaning"), 44),
                (t("Aantal", "Number"), 10),
                *((name, 22) for name in versions.columns),
            ],
            [
                (
                    part.field,
                    part.label,
                    part.values,
                    *(", ".join(cell.paths) or cell.text for cell in part.versions),
                )
                for part in versions.fields
            ],
        )


def _note(note: FindingPart) -> str:
    """A finding about an export: what, what to do, and how often when that is more than once."""
    times = MARK if isinstance(note.count, Hidden) else note.count
    return " ".join(filter(None, (note.text, note.remedy, f"({times}×)" if note.count != 1 else "")))


def _balance_header(words: Lexicon) -> list[tuple[str, int]]:
    t = words.pick
    return [
        (t("Gegevens", "Values"), 11),
        (t("Mee", "Along"), 10),
        (t("Weggelaten", "Left out"), 12),
        (t("Niet gelezen", "Not read"), 12),
        (t("Niet bruikbaar", "Not usable"), 14),
        (t("Met verlies", "With loss"), 12),
    ]


def _balance(balance: Any) -> tuple[int, ...]:
    return (balance.source_values, balance.mapped, balance.dropped, balance.unmapped, balance.refused, balance.lossy)


def _waiting_header(words: Lexicon) -> list[tuple[str, int]]:
    t = words.pick
    return [
        ("Dossier", 44),
        (t("Stand", "State"), 12),
        ("BRIN", 8),
        (t("Vestiging", "Location"), 10),
        ("Export", 30),
        (t("Volgnummer", "Record"), 11),
        (t("Oorzaken", "Causes"), 60),
    ]


def _waiting(ledger: Ledger, report: Report, words: Lexicon) -> Iterable[Row]:
    with ledger.read() as connection:
        for item in queries.waiting(connection, report.run.id):
            causes = "; ".join(words.cause(key).text for key in item.causes)
            yield (item.dossier_id, item.state, item.brin, item.vestiging, item.export, item.record, causes)
