"""An option under its old name is refused with the new one; options are English words but for the terms of OSO."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from dod2oso.base.errors import UsageError
from dod2oso.cli.app import app
from dod2oso.cli.old_names import CHOICES, OPTIONS, refuse_old_names
from tests.cli.kit import dod2oso

DUTCH = {"--overstap", "--datum", "--oso", "--brin", "--jaargroep"}  # as OSO itself says it
# A new option adds its words here, under their letter.
WORDS = frozenset(
    """
accept account add after all also anchor answers arrived as
browser
certificate host key
check clear cluster codes columns compare config conformance
data deadline decisions dossier
encrypt export
fail failed fault file folder forget format
given ground group
help html
input
json keyring
lang last layer ledger left list
mapping mask measure merge
name names new no not
official on only out output
part passphrase pdf per personal pin port prefer preview profile project pupil pupils
receiver receivers record replace restore
sandbox school schools seconds seed show since small source state supplement supplements
test to together typical
until
validator version versions vo
who why workbooks workers
yes
""".split()  # noqa: SIM905  lines that merge
)


def commands(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from commands(child)


@pytest.mark.parametrize("old", sorted(OPTIONS))
def test_an_old_option_is_refused_with_the_new_one(old: str) -> None:
    for arguments in (["handover", "send", old, "12AB"], ["x", f"{old}=1"]):
        with pytest.raises(UsageError) as raised:
            refuse_old_names(arguments)
        assert raised.value.code == "renamed" and f"'{OPTIONS[old]}'" in raised.value.text("en")


@pytest.mark.parametrize(("option", "old"), sorted(CHOICES))
def test_an_old_choice_is_refused_with_the_new_one(option: str, old: str) -> None:
    for arguments in (["run", "x", option, old], ["run", f"{option}={old}"]):
        with pytest.raises(UsageError) as raised:
            refuse_old_names(arguments)
        assert f"{option} {CHOICES[option, old]}" in raised.value.text("nl")


def test_what_is_no_option_may_be_called_anything() -> None:
    refuse_old_names(["run", "nieuwste", "--merge", "newest", "--out", "vorige", "--", "--aan"])


def test_the_command_line_says_it_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = dod2oso(capsys, monkeypatch, "handover", "send", "--aan", "12AB")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "'--aan'" in ended.err and "'--to'" in ended.err


def test_new_names_exist_and_old_ones_do_not() -> None:
    options = {name for command in commands(typer.main.get_command(app)) for p in command.params for name in p.opts}
    assert set(OPTIONS.values()) <= options and not set(OPTIONS) & options
    assert {option for option, _ in CHOICES} <= options


def test_options_are_english_words() -> None:
    names = {
        name
        for command in commands(typer.main.get_command(app))
        for parameter in command.params
        if parameter.param_type_name == "option"
        for name in set(parameter.opts) - DUTCH
    }
    assert {name for name in names if not set(name.strip("-").split("-")) <= WORDS} == set()
