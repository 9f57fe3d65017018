"""The tables of a database, by SQLAlchemy URL: a regional platform's own. Read only, in one consistent snapshot."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dod2oso.base.errors import ExportError
from dod2oso.source.cleantext import marked_text
from dod2oso.source.tabular.table import Notation, Row, column_names, xml_name

MAX_VALUE = 64 << 20  # bytes in one value of SQLite; a view or computed column can make more out of nothing

_PAGE = 1_000  # rows fetched at a time


class DatabaseTable:
    """One table or view, its rows ordered by key (or by all columns), so that a run can be resumed."""

    def __init__(self, name: str, connection: Any, query: Any, columns: Sequence[str], notation: Notation) -> None:
        self.name = xml_name(name)
        self.titles = 0
        self.columns = column_names(columns)
        self._connection = connection
        self._query = query
        self._notation = notation

    def rows(self) -> Iterator[Row]:
        from sqlalchemy.exc import SQLAlchemyError

        text = self._notation.text
        try:
            with self._connection.execution_options(yield_per=_PAGE).execute(self._query) as result:
                for row in result:
                    cells = tuple(text(cell) for cell in row)
                    if any(map(str.strip, cells)):
                        yield cells
        except SQLAlchemyError as error:
            raise unreachable(error) from None


class Database:
    """An open database; close it when the export is done."""

    def __init__(self, url: str) -> None:
        from sqlalchemy import create_engine, event
        from sqlalchemy.exc import SQLAlchemyError

        try:
            self._engine = create_engine(_read_only(url))
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _guard_sqlite)
            options: dict[str, Any] = {}
            if self._engine.dialect.name == "postgresql":
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            self._connection = self._engine.connect().execution_options(**options)
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise unreachable(error) from None

    def tables(self, notation: Notation) -> list[DatabaseTable]:
        """Every table that has columns, by name; views too, but not of a SQLite file, where one may never end."""
        from sqlalchemy import column, inspect, literal_column, select, table
        from sqlalchemy.exc import SQLAlchemyError

        found = []
        try:
            inspector = inspect(self._connection)
            is_file = self._engine.dialect.name == "sqlite"
            views = [] if is_file else inspector.get_view_names()
            for name in sorted({*inspector.get_table_names(), *views}):
                columns = [str(item["name"]) for item in inspector.get_columns(name)]
                key = inspector.get_pk_constraint(name)["constrained_columns"] if columns else []
                source = table(name, *(column(title) for title in columns))
                order: list[Any] = [source.columns[title] for title in key or columns]
                if not key and is_file:
                    order = [literal_column("rowid")]  # as they were put in
                query = select(*source.columns).order_by(*order)
                if columns:
                    found.append(DatabaseTable(name, self._connection, query, columns, notation))
        except SQLAlchemyError as error:
            raise unreachable(error) from None
        return found

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def _read_only(url: str) -> Any:
    """The URL, so that SQLite neither makes a file that is not there nor writes in one that is."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return parsed
    path = Path(parsed.database or "")
    if not path.is_file():
        raise ExportError(
            "database-ontbreekt",
        )
    return parsed.set(database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


def _guard_sqlite(connection: Any, _record: Any) -> None:
    """Text that is no UTF-8 is marked, and what stands in the file cannot run functions or fill the memory."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = marked_text


def unreachable(error: Exception) -> ExportError:
    """Without the driver's own words, which may hold a password or a value."""
    if isinstance(getattr(error, "orig", None), sqlite3.Error):
        return ExportError(
            "database-beschadigd",
        )
    kind = type(error).__name__
    return ExportError("database-onbereikbaar", kind=kind)
