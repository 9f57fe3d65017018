"""One guard for every loop over exports: what goes wrong with one export is told of that one, and the others go on.

What is no fault of the export goes through: a command, a file or the machine that a person must mend first (a full
disk, a ledger in use), and Ctrl-C.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dod2oso.base.errors import BalanceError, Dod2osoError, ExportError, where_in_our_code
from dod2oso.base.files import disk_full
from dod2oso.source.container.problems import no_access

FAULT = "export-fout"


@contextmanager
def guarded(tell: Callable[[ExportError], object]) -> Iterator[None]:
    """Do something with one export; `tell` gets what went wrong with it."""
    try:
        yield
    except ExportError as error:
        tell(error)
    except (Dod2osoError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        if not isinstance(error, BalanceError):
            raise
        tell(_fault(error))
    except OSError:
        raise  # of what we write: reading an export says `export-geen-toegang`
    except BaseException as error:  # also the panics of a library in Rust, which are no Exception
        if isinstance(error, sqlite3.OperationalError) and "full" in str(error):  # of a temporary file of ours
            raise disk_full() from None
        tell(_fault(error))


@contextmanager
def reading() -> Iterator[None]:
    """While only an export is read: a disk or network that does not give it is a problem of that export."""
    try:
        yield
    except OSError as error:
        raise no_access(type(error).__name__) from None


def _fault(error: BaseException) -> ExportError:
    """A fault in dod2oso that an export brought out: where, never with which value."""
    if isinstance(error, BalanceError):
        return ExportError("export-fout.balance", problem=error)
    return ExportError("export-fout", kind=type(error).__name__, place=where_in_our_code(error))
