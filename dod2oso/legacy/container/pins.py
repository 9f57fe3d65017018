"""PINs and passwords of protected exports: from a file, the environment or the terminal; only ever in memory.

Never an argument (other users of the machine see those), never in a message, a log or a ledger.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from dod2oso.errors import ConfigurationError

VARIABLE = "DOD2OSO_PIN"
_ASKED_AT_MOST = 3  # times per export

Ask = Callable[[str], str]  # the name of the export -> what the user typed, "" to give up


class Pins:
    """All PINs the user gave, tried in turn on every protected export; whatever is typed is remembered for the next."""

    __slots__ = ("_ask", "_known")

    def __init__(self, known: tuple[str, ...] = (), ask: Ask | None = None) -> None:
        self._known = list(dict.fromkeys(known))
        self._ask = ask

    def __repr__(self) -> str:
        return f"Pins({len(self._known)})"

    def __bool__(self) -> bool:
        return bool(self._known)

    def candidates(self, export: str) -> Iterator[str]:
        """The known PINs, then what the user types, as long as the caller goes on."""
        yield from list(self._known)
        for _ in range(_ASKED_AT_MOST if self._ask is not None else 0):
            typed = self._ask(export) if self._ask is not None else ""
            if not typed:
                return
            if typed not in self._known:
                self._known.append(typed)
            yield typed

    @property
    def can_ask(self) -> bool:
        return self._ask is not None


def gather_pins(pin_file: Path | None, ask: Ask | None = None) -> Pins:
    """PINs from `pin_file` (one per line) and the environment variable DOD2OSO_PIN (one per line); `ask` for the rest.

    Raises ConfigurationError when the file cannot be read.
    """
    lines: list[str] = []
    if pin_file is not None:
        try:
            lines += pin_file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"Het PIN-bestand kan niet worden gelezen ({type(error).__name__}).",
                f"The PIN file cannot be read ({type(error).__name__}).",
            ) from None
    lines += os.environ.get(VARIABLE, "").splitlines()
    return Pins(tuple(line for line in lines if line), ask)


def terminal_ask(lang: str) -> Ask | None:
    """Ask without showing what is typed; None when nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(export: str) -> str:
        from getpass import getpass

        question = f"PIN of {export} (Enter to skip): " if lang == "en" else f"PIN van {export} (Enter = overslaan): "
        try:
            return getpass(question, stream=sys.stderr)
        except EOFError:
            return ""

    return ask
