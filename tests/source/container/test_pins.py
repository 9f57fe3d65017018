"""Where PINs come from, and that they go nowhere else."""

import pickle
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.source.container import pins as module
from dod2oso.source.container.limits import MAX_PIN, MAX_PINS
from dod2oso.source.container.pins import VARIABLE, Pin, Pins, gather_pins, terminal_ask
from tests.refusals import refused


def values(pins: Pins) -> list[str]:
    return [pin.spellings()[0].decode() for pin in pins.known]


@pytest.fixture(autouse=True)
def _no_pin_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_from_a_file_and_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pins.txt"
    file.write_bytes("\ufeff1234\r\n\r\n  5678 \r\nwacht;woord\n1234\n".encode())
    monkeypatch.setenv(VARIABLE, "0001;0002\n0003 ; 1234")
    assert values(gather_pins(file)) == ["1234", "5678", "wacht;woord", "0001", "0002", "0003"]
    monkeypatch.delenv(VARIABLE)
    assert not gather_pins(None)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe1\x00", b"x" * (MAX_PIN + 1), b"PK\x03\x04\xff\xff"])
def test_a_file_that_is_no_list_of_pins(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "pins.txt"
    file.write_bytes(content)
    with refused(ConfigurationError, "pin-file-wrong", file="pins.txt") as caught:
        gather_pins(file)
    assert caught.value.__context__ is None  # a decoding error holds the bytes of the file


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with refused(UsageError, "pin-file-absent", file="pins.txt"):
        gather_pins(tmp_path / "pins.txt")


def test_too_many_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, ";".join(map(str, range(MAX_PINS + 1))))
    with refused(ConfigurationError, "pins-too-many"):
        gather_pins(None)


class Stdin:
    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_a_person_is_asked_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return "1234"

    monkeypatch.setattr("sys.stdin", Stdin(terminal=True))
    monkeypatch.setattr(module.getpass, "getpass", answer)
    for lang in ("nl", "en"):
        assert gather_pins(None, terminal_ask(lang)).ask("school.zip") == Pin("1234")
    assert questions == [
        "PIN of wachtwoord van 'school.zip' (Enter = overslaan): ",
        "PIN or password of 'school.zip' (Enter = skip): ",
    ]


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (Stdin(terminal=False), None):
        monkeypatch.setattr("sys.stdin", stdin)
        assert terminal_ask("nl") is None
    assert gather_pins(None, None).ask("x.zip") is None


def test_an_ended_input_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin", Stdin(terminal=True))
    monkeypatch.setattr(module.getpass, "getpass", ended)
    assert gather_pins(None, terminal_ask("nl")).ask("x.zip") is None


def test_what_worked_comes_first() -> None:
    pins = Pins(["1", "2", "3"])
    pins.worked(Pin("3"))
    pins.worked(Pin("9"))
    assert values(pins) == ["9", "3", "1", "2"]


def test_a_pin_never_shows() -> None:
    pin, pins = Pin("geheim"), Pins(["geheim"])
    assert "geheim" not in f"{pin} {pin!r} {pins} {pins!r} {pins.known}"
    with pytest.raises(TypeError):
        pickle.dumps(pin)
    assert b"geheim" not in pickle.dumps(pins)
    assert not pickle.loads(pickle.dumps(pins))  # noqa: S301 - another process gets none


def test_spellings_of_a_password() -> None:
    assert Pin("1234").spellings() == (b"1234",)
    assert Pin("é").spellings() == (b"\xc3\xa9", b"\xe9", b"\x82")
    assert Pin("字").spellings() == ("字".encode(),)
