"""Programme problems and the exit codes they lead to.

A *data* problem (a pupil without a surname, an unknown code) is never an exception: it becomes a finding and
the run goes on. An exception here means that a person has to change a command, a file or the machine. Each
carries its message in Dutch and English and says what to do; none ever holds personal data.
"""

from enum import IntEnum
from typing import Any


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
    """Base of all expected failures: a bilingual message and the exit code it leads to."""

    exit_code: ExitCode = ExitCode.BUG

    def __init__(self, nl: str, en: str) -> None:
        super().__init__(nl)
        self.nl = nl
        self.en = en

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel from worker processes to the main one, which makes them again from their own arguments."""
        return type(self), (self.nl, self.en)


class UsageError(Dod2osoError):
    """The command cannot mean anything: wrong option, combination or argument."""

    exit_code = ExitCode.USAGE


class ExportError(Dod2osoError):
    """An export cannot be read: damaged, not recognised, wrong encoding. The other exports go on.

    `code` is the finding code under which the export is reported.
    """

    exit_code = ExitCode.EXPORT_UNREADABLE

    def __init__(self, code: str, nl: str, en: str) -> None:
        super().__init__(nl, en)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.nl, self.en)


class ConfigurationError(Dod2osoError):
    """A mapping, profile, supplement, register or configuration file is wrong; names file and line."""

    exit_code = ExitCode.CONFIGURATION


class CheckerError(Dod2osoError):
    """A checker (schema, rules, official bundle) could not run; its silence must never read as 'valid'."""

    exit_code = ExitCode.CHECKER_FAILED


class TryLaterError(Dod2osoError):
    """The machine is in the way (disk full, ledger locked); nothing is lost and the run can be resumed."""

    exit_code = ExitCode.TRY_LATER


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
