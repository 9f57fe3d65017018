"""The survey for a draft: tables of the shape of the one with the pupils are one table, such as a sheet per group."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dod2oso.discover.propose.layout import find_layout
from dod2oso.discover.propose.scopes import sections
from dod2oso.discover.propose.words import vocabulary
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.scan import survey_export
from dod2oso.discover.survey.tables import survey_tables
from dod2oso.source.formats.content import Tables
from dod2oso.source.opening import OpenExport
from dod2oso.source.tabular.table import Row, SourceTable, TitledTable

PUPILS, SHEET = "leerlingen", "blad"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet of pupils under the name that they have together."""

    own: TitledTable
    name: str = PUPILS

    @property
    def columns(self) -> tuple[str, ...]:
        return self.own.columns

    @property
    def titles(self) -> int:
        return self.own.titles

    def rows(self) -> Iterator[Row]:
        return self.own.rows()


def survey_to_draft(opened: OpenExport, watch: Callable[[int], None] | None = None) -> Survey:
    """The survey of an export that nobody knows. ExportError when it is damaged.

    Where several tables have the columns of the one with the pupils, they are read once more, as one table with a
    column for the name of each; `Survey.sheets` says which.
    """
    survey = survey_export(opened, None, watch)
    content = opened.content
    if not isinstance(content, Tables):
        return survey
    layout = find_layout(survey, sections(), vocabulary())
    if layout is None or layout.record.name in survey.headless:
        return survey
    tables = content.told(None)
    shape = next((set(table.columns) for table in tables if table.name == layout.record.name), set[str]())
    alike = [table for table in tables if set(table.columns) == shape]
    names = {table.name for table in tables}
    if len(alike) < 2 or SHEET in shape or PUPILS in names - {table.name for table in alike}:
        return survey
    together = survey_tables([_in_one(table) if table in alike else table for table in tables], watch)
    together.format, together.sheets = survey.format, {PUPILS: SHEET}
    return together


def _in_one(table: SourceTable) -> SourceTable:
    return _Sheet(TitledTable(table, SHEET))
