"""What another mapping makes of the same exports."""

from pathlib import Path

import pytest

from dod2oso.run.differing import Differences, differences
from dod2oso.run.session import Options
from dod2oso.source.container.find import find_exports
from tests.cli.kit import dod2oso
from tests.corpus.kit import CONSENT, DATUM, pupil, reference, schools, supplement, write

SEX = "huidigeschool/leerling/geslacht"
HEAD = "language: 1\nextends: dod-oso\nmapping: eigen\ndescribes: proef\n"


def compared(folder: Path, mapping: str, *pupils: str) -> Differences:
    path = write(folder / "a.xml", reference(*pupils))
    rows = ({"brin": "99XX", "leerlingid": str(n + 1)} | CONSENT for n in range(len(pupils)))
    options = Options(
        (), "POVO", version="2019.1", out_dir=folder / "geen", datum=DATUM, schools=schools(folder),
        supplements=[supplement(folder, *rows)],
    )  # fmt: skip
    told = differences(options, write(folder / "eigen.yaml", HEAD + mapping), find_exports([path]).exports[0])
    assert not (folder / "geen").exists()
    return told


def test_a_mapping_that_says_the_same_changes_nothing(tmp_path: Path) -> None:
    told = compared(tmp_path, "dossier: {}\n", pupil(1), pupil(2))
    assert (told.records, told.changed, told.fallen, told.named) == (2, 0, 0, [])


SURNAME = "dossier:\n  huidigeschool:\n    leerling:\n      geslacht: null\ndropped:\n  - {from: leerling.geslacht, reason: techniek}\n"  # fmt: skip  # noqa: E501


def test_which_dossiers_change_and_which_fall_back(tmp_path: Path) -> None:
    told = compared(tmp_path, SURNAME, pupil(1), pupil(2, Geslacht=""), pupil(3))
    assert told.paths[SEX] == 2 and told.changed == 2
    assert {one.record for one in told.named} == {1, 3} and all(SEX in one.paths for one in told.named)
    said = [text.text("nl") for text in told.lines()]
    assert said[0].startswith("a.xml: 3 leerlingen, 2 dossiers veranderen") and "Voorbeeld" not in " ".join(said)


GONE = "dossier:\n  huidigeschool:\n    leerling:\n      geboortedatum: null\ndropped:\n  - {from: leerling.geboortedatum, reason: techniek}\n"  # fmt: skip  # noqa: E501


def test_what_can_no_longer_go_is_named_with_why(tmp_path: Path) -> None:
    told = compared(tmp_path, GONE, pupil(1), pupil(2))
    assert told.fallen == 2 and all(one.fallen and one.causes for one in told.named)
    assert any("klaar → wacht" in text.text("nl") for text in told.lines())


def test_what_waits_for_something_else_can_fall_back_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", reference(pupil(1)))
    options = Options((), "POVO", version="2019.1", out_dir=tmp_path / "geen", datum=DATUM)
    told = differences(options, write(tmp_path / "eigen.yaml", HEAD + GONE), find_exports([path]).exports[0])
    [one] = told.named
    assert (one.before, one.after, told.fallen) == ("held", "held", 1) and any("oso" in cause for cause in one.causes)


def test_long_lists_are_cut_and_what_falls_back_is_kept() -> None:
    from dod2oso.run.differing import Change

    told = Differences("a.xml")
    for number in range(1000):
        told.add(Change(number, "ready", "held" if number % 10 == 0 else "ready", ["a"], []))
    assert told.changed == 1000 and told.fallen == 100 and len(told.named) == 200
    assert sum(one.fallen for one in told.named) == 100
    assert list(told.lines())[-1].text("en").endswith("800 more dossiers")


def test_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.xml", reference(pupil(1)))
    write(tmp_path / "oud.yaml", HEAD + "dossier: {}\n")
    write(tmp_path / "nieuw.yaml", HEAD + SURNAME)
    ended = dod2oso(capsys, monkeypatch, "mapping", "diff", "oud.yaml", "nieuw.yaml", "a.xml", "--overstap", "POVO")
    assert ended.code in (0, 3) and "1 leerling, 1 dossier verandert" in ended.out and SEX in ended.out
    ended = dod2oso(capsys, monkeypatch, "mapping", "explain", SEX, "a.xml", "--record", "1", "--lang", "en")
    assert (ended.code, ended.err) == (0, "") and "a.xml, line 2: Leerling/Geslacht" in ended.out
    assert dod2oso(capsys, monkeypatch, "mapping", "explain", SEX, "--record", "1").code == 2
