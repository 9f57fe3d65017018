"""`dod2oso mapping`: what the mapping does, in words a person can read and a script can split."""

import json
from pathlib import Path

import pytest

from dod2oso.base.resources import mappings_dir
from dod2oso.source.dictionary import load_dictionary
from tests.cli.kit import Ended
from tests.cli.kit import dod2oso as run_command
from tests.corpus.kit import PAIRS


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def call(*arguments: str | Path) -> Ended:
        return run_command(capsys, monkeypatch, "mapping", *arguments)

    return call


@pytest.fixture(name="other")
def _other(tmp_path: Path) -> Path:
    """A mapping that differs in one line."""
    text = (mappings_dir() / "dod-oso.yaml").read_text()
    line = "{from: leerling.tehuis}"
    path = tmp_path / "ander.yaml"
    path.write_text(text.replace(f"      tehuis: {line}\n", "") + "\n  - {from: leerling.tehuis, reason: techniek}\n")
    head, _, tests = text.partition("\ntests:\n")
    path.write_text(
        head.replace(f"      tehuis: {line}\n", "")
        + "\n  - {from: leerling.tehuis, reason: techniek}\n\ntests:\n"
        + tests
    )
    return path


def test_check(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ended = call("check")
    assert (ended.code, ended.err) == (0, "")
    assert f"{len(PAIRS)} combinaties" in ended.out
    wrong = tmp_path / "eigen.yaml"
    wrong.write_text("language: 1\nmapping: x\ndescribes: y\ndossier: {}\n")
    assert call("check", "--mapping", wrong).code == 5


def test_coverage_has_a_line_for_every_field(call) -> None:  # type: ignore[no-untyped-def]
    lines = [line.split("\t") for line in call("coverage", "--overstap", "POSWV").out.splitlines()]
    assert [name for name, _text in lines] == list(load_dictionary().fields)
    found = dict(lines)
    assert found["leerling.bsn"] == "- Hoort niet bij deze soort overstap."
    assert found["leerling.achternaam"] == "huidigeschool/leerling/voorvoegsel, huidigeschool/leerling/achternaam"
    assert dict(line.split("\t") for line in call("coverage", "--lang", "en").out.splitlines())[
        "leerling.geboorteplaats"
    ].startswith("- The law")


def test_explain(call) -> None:  # type: ignore[no-untyped-def]
    assert call("explain", "leerling.geslacht").out == "leerling.geslacht gaat naar huidigeschool/leerling/geslacht\n"
    assert "leerling.geslacht" in call("explain", "huidigeschool/leerling/geslacht").out
    assert call("explain", "inzage/akkoord", "--lang", "en").out == "inzage/akkoord ← only the supplement\n"
    ended = call("explain", "huidigeschool/kleur", "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert "2019.1" in ended.err


def test_the_examples(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ended = call("test")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("voorbeelden, 0 kloppen niet.\n")
    text = (mappings_dir() / "dod-oso.yaml").read_text()
    wrong = tmp_path / "eigen.yaml"
    wrong.write_text(text.replace('huidigeschool/leerling/geslacht: "1"', 'huidigeschool/leerling/geslacht: "2"'))
    ended = call("test", "--mapping", wrong)
    assert ended.code == 5
    assert "een meisje is in OSO een 1: huidigeschool/leerling/geslacht: verwacht '2', gevonden ['1']" in ended.out
    assert "1 klopt niet" in ended.err


@pytest.mark.parametrize("kind", ["mapping", "profile", "dictionary"])
def test_schema(call, kind: str) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(call("schema", kind).out)["type"] == "object"


def test_schema_of_nothing(call) -> None:  # type: ignore[no-untyped-def]
    assert call("schema", "kleur").code == 2


def test_diff(call, other: Path) -> None:  # type: ignore[no-untyped-def]
    shipped = mappings_dir() / "dod-oso.yaml"
    assert call("diff", shipped, shipped).out == ""
    ended = call("diff", shipped, other)
    assert ended.out == "leerling.tehuis\thuidigeschool/leerling/tehuis → (techniek)\n"
