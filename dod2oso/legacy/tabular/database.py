"""The tables of a database, by SQLAlchemy URL: a regional platform's own. Read only, in one consistent snapshot."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dod2oso.errors import ExportError
from dod2oso.legacy.tabular.table import Notation, Row, column_names, xml_name

_PAGE = 1_000  # rows fetched at a time


class DatabaseTable:
    """One table or view, its rows ordered by key (or by all columns), so that a run can be resumed."""

    def __init__(self, name: str, connection: Any, query: Any, columns: Sequence[str], notation: Notation) -> None:
        self.name = xml_name(name)
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
                    yield tuple(text(cell) for cell in row)
        except SQLAlchemyError as error:
            raise unreachable(error) from None


class Database:
    """An open database; close it when the export is done."""

    def __init__(self, url: str) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError

        try:
            self._engine = create_engine(_read_only(url))
            options: dict[str, Any] = {}
            if self._engine.dialect.name == "postgresql":
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            self._connection = self._engine.connect().execution_options(**options)
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise unreachable(error) from None

    def tables(self, notation: Notation) -> list[DatabaseTable]:
        """Every table and view that has columns, by name."""
        from sqlalchemy import column, inspect, literal_column, select, table
        from sqlalchemy.exc import SQLAlchemyError

        found = []
        try:
            inspector = inspect(self._connection)
            for name in sorted({*inspector.get_table_names(), *inspector.get_view_names()}):
                columns = [str(item["name"]) for item in inspector.get_columns(name)]
                key = inspector.get_pk_constraint(name)["constrained_columns"] if columns else []
                source = table(name, *(column(title) for title in columns))
                order: list[Any] = [source.columns[title] for title in key or columns]
                if not key and name in inspector.get_table_names() and self._engine.dialect.name == "sqlite":
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
            "Het databasebestand bestaat niet. Controleer de naam achter sqlite:///.",
            "The database file does not exist. Check the name behind sqlite:///.",
        )
    return parsed.set(database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


def unreachable(error: Exception) -> ExportError:
    """Without the driver's own words, which may hold a password or a value."""
    kind = type(error).__name__
    return ExportError(
        "database-onbereikbaar",
        f"De database kan niet worden gelezen ({kind}). Controleer adres, naam, wachtwoord en rechten; voor PostgreSQL "
        "is de extra 'postgres' nodig.",
        f"The database cannot be read ({kind}). Check address, name, password and rights; PostgreSQL needs the extra "
        "'postgres'.",
    )
