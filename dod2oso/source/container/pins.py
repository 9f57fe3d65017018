"""PINs and passwords of protected zips: where they come from, and how they are kept out of everything else.

Promise: a PIN stands in memory only. It is never an option of a command (those end up in histories and process lists),
and no repr, traceback, pickle or message shows one.
"""

import getpass
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.texts import Text
from dod2oso.source.container.limits import MAX_PIN, MAX_PINS

VARIABLE = "DOD2OSO_PIN"  # several PINs: one per line, or with ; between
ATTEMPTS = 3  # times that a person is asked per zip
_SEPARATORS = re.compile(r"[;\r\n]+")
Ask = Callable[[str], str]  # the name of the zip -> what the user typed, "" to give up
_MAX_FILE = MAX_PINS * (MAX_PIN + 2)


class Pin:
    """One PIN or password. Only `spellings` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value: Final = value

    def spellings(self) -> tuple[bytes, ...]:
        """The bytes it may stand for: zips do not say in which code page their maker typed."""
        found = []
        for encoding in ("utf-8", "cp1252", "cp850"):
            try:
                spelling = self._value.encode(encoding)
            except UnicodeEncodeError:
                continue
            if spelling not in found:
                found.append(spelling)
        return tuple(found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pin) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Pin(***)"

    def __reduce__(self) -> str:
        raise TypeError("a PIN stays in the memory of one process")


class Pins:
    """The PINs to try, the one that worked last first; `ask` gets more from a person. True when any is known."""

    __slots__ = ("_ask", "_known")

    def __init__(self, known: Iterable[str] = (), ask: Ask | None = None) -> None:
        self._known = list(dict.fromkeys(Pin(value) for value in known if value))
        self._ask = ask

    @property
    def known(self) -> tuple[Pin, ...]:
        return tuple(self._known)

    def __bool__(self) -> bool:
        return bool(self._known)

    def ask(self, name: str) -> Pin | None:
        """A PIN for the zip with this name from the person at the keyboard; None when there is nobody, or no answer."""
        answer = self._ask(name) if self._ask else None
        if not answer:
            return None
        return Pin(answer)

    def worked(self, pin: Pin) -> None:
        """Try this one first from now on: exports of one school often share theirs."""
        if pin in self._known:
            self._known.remove(pin)
        self._known.insert(0, pin)

    def __repr__(self) -> str:
        return f"Pins({len(self._known)} known)"

    def __reduce__(self) -> tuple[type["Pins"], tuple[()]]:
        """They stay in the memory of one process: another one gets none."""
        return Pins, ()


def gather_pins(pin_file: Path | None, ask: Ask | None = None) -> Pins:
    """The PINs of `--pin-file`, then those of the environment, then whatever `ask` brings when a zip needs one.

    Raises UsageError or ConfigurationError when the file is absent or no list of PINs.
    """
    values = [*_from_file(pin_file), *_from_environment()]
    if len(values) > MAX_PINS:
        raise ConfigurationError("pins-too-many", limit=MAX_PINS)
    return Pins(values, ask)


def terminal_ask(lang: str) -> Ask | None:
    """A question on the terminal, without echo; None when nobody sits at one."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None

    def ask(name: str) -> str:
        try:
            return getpass.getpass(Text("pin-question", name=name).text(lang))
        except EOFError:
            return ""

    return ask


def _from_environment() -> list[str]:
    return [value.strip() for value in _SEPARATORS.split(os.environ.get(VARIABLE, "")) if value.strip()]


def _from_file(path: Path | None) -> list[str]:
    if path is None:
        return []
    if not path.is_file():
        raise UsageError("pin-file-absent", file=path.name)
    data, lines = b"", []
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError):
        pass  # told below, outside the except: its error would carry the bytes of the file along
    values = [line for line in lines if line]
    if not values or len(data) > _MAX_FILE or any(len(value) > MAX_PIN for value in values):
        raise ConfigurationError("pin-file-wrong", file=path.name)
    return values
