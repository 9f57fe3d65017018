"""Programme problems and the exit codes they lead to.

A *data* problem (a pupil without a surname, an unknown code) is never an exception: it becomes a finding and
the run goes on. An exception here means that a person has to change a command, a file or the machine. Each
is raised with the key of its text in errors.yaml and the values named there; the text says what to do, in Dutch and
English. None ever holds personal data.
"""

from enum import IntEnum
from functools import partial
from typing import Any

from dod2oso.base.texts import Text


class ExitCode(IntEnum):
    """The exit codes of every command; part of the stable outside."""

    DONE = 0
    BUG = 1
    USAGE = 2
    FINDINGS = 3
    EXPORT_UNREADABLE = 4
    CONFIGURATION = 5
    CHECKER_FAILED = 6
    HANDED_OVER_PARTLY = 7
    TRY_LATER = 75
    INTERRUPTED = 130


class Dod2osoError(Exception):
    """Base of all expected failures: a text by its key and values, and the exit code it leads to.

    `code` is what people and programs know it by: the key without what stands behind a dot.
    """

    exit_code: ExitCode = ExitCode.BUG

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.message = Text(key, **values)

    @property
    def code(self) -> str:
        return self.message.key.partition(".")[0]

    def text(self, lang: str) -> str:
        return self.message.text(lang)

    def __str__(self) -> str:
        return self.text("nl")

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel from worker processes to the main one, which makes them again from their own arguments."""
        return partial(type(self), self.message.key, **self.message.values), ()


class UsageError(Dod2osoError):
    """The command cannot mean anything: wrong option, combination or argument."""

    exit_code = ExitCode.USAGE


class ExportError(Dod2osoError):
    """An export cannot be read: damaged, not recognised, wrong encoding. The other exports go on.

    `code` is the cause under which the finding about the export is stored; docs/bestanden.md explains each.
    """

    exit_code = ExitCode.EXPORT_UNREADABLE


class ConfigurationError(Dod2osoError):
    """A mapping, profile, supplement, register or configuration file is wrong; names file and line."""

    exit_code = ExitCode.CONFIGURATION


class LostLedgerError(ConfigurationError):
    """The ledger of an output folder is gone, empty, damaged, or contradicts itself."""


class CheckerError(Dod2osoError):
    """A checker (schema, rules, official bundle) could not run; its silence must never read as 'valid'."""

    exit_code = ExitCode.CHECKER_FAILED


class TryLaterError(Dod2osoError):
    """The machine is in the way (disk full, ledger locked); nothing is lost and the run can be resumed."""

    exit_code = ExitCode.TRY_LATER


class FileInUseError(TryLaterError):
    """Another program has the file open, so that it cannot be replaced (Windows: a spreadsheet in Excel)."""


class BalanceError(Dod2osoError):
    """Source values do not add up: a bug in dod2oso, never to be ignored."""


def where_in_our_code(error: BaseException) -> str:
    """The module and line of ours where it happened; never what was in the data, which a traceback could show."""
    frame: Any = error.__traceback__
    where = "?"
    while frame is not None:
        name = frame.tb_frame.f_globals.get("__name__", "")
        if name.startswith("dod2oso"):
            where = f"{name}:{frame.tb_lineno}"
        frame = frame.tb_next
    return where
