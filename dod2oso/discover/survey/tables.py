"""Survey a bundle of tables in one pass, as if it were a document `bundel/<table>/<column>`."""

from collections.abc import Callable, Iterable, Sequence

from dod2oso.discover.survey.facts import ElementFacts, Survey
from dod2oso.discover.survey.kinds import BIT, kinds_of
from dod2oso.source.oddtext import BLANK, without_notes
from dod2oso.source.tabular.bundle import ROOT
from dod2oso.source.tabular.discreet import ToldTable
from dod2oso.source.tabular.table import SourceTable, extra_column

_NO_TITLE = (
    sum(
        BIT[name]
        for name in (
            "date-ymd",
            "date-dmy",
            "date-slash",
            "date-compact",
            "bsn",
            "onderwijsnummer",
            "email",
            "phone",
            "iban",
        )
    )
    + BIT["postcode"]
)


def survey_tables(tables: Iterable[SourceTable], watch: Callable[[int], None] | None = None) -> Survey:
    """The facts of all tables. watch: told of the rows read."""
    root = ElementFacts(ROOT, None)
    root.occurs(0)
    survey = Survey("tables", root, tables=True)
    headless = []
    serial = 0
    for table in tables:
        columns = table.columns
        written = table.own.columns if isinstance(table, ToldTable) else columns
        if looks_like_data(written):  # then the names themselves are of a person
            headless.append(table.name)
            columns = tuple(extra_column(number) for number in range(1, len(columns) + 1))
        place = root.children.setdefault(table.name, ElementFacts(table.name, root))
        for column in columns:
            place.children.setdefault(column, ElementFacts(column, place))
        places = [place.children[column] for column in columns]
        done = 0
        for row in table.rows():
            serial += 1
            done += 1
            place.occurs(0)
            while len(places) < len(row):
                name = extra_column(len(places) + 1)
                places.append(place.children.setdefault(name, ElementFacts(name, place)))
            for column_place, cell in zip(places, row, strict=False):
                text = without_notes(cell).strip(BLANK)
                if text:
                    column_place.occurs(serial)
                    column_place.text.add(text, len(text), serial)
            if watch is not None and done % 1000 == 0:
                watch(1000)
        if watch is not None:
            watch(done % 1000)
    survey.headless = tuple(headless)
    return survey


def looks_like_data(columns: Sequence[str]) -> bool:
    """Whether a header holds what only a row of data holds: a date, a postcode, a number of a person, an address."""
    for column in columns:
        for text in (column, column.replace("_", " ").strip(), column.lstrip("_"), column.replace("_", "@", 1)):
            if text and kinds_of(text)[0] & _NO_TITLE:
                return True
    return False
