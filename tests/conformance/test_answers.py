"""Answers count when they are clear and about these very bytes; all else is not tested, with why."""

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from typer.testing import CliRunner, Result

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.cli.app import app
from dod2oso.conformance import write
from dod2oso.conformance.answers import (
    COLUMNS,
    Answer,
    Answers,
    compare,
    read_answers,
    template_csv,
    template_json,
)
from dod2oso.conformance.index import Index, as_json, read_index
from tests.conformance.kit import index, made
from tests.shapes import misfits
from tests.typed import typed_lines

VERSION = "1.1.1"


@pytest.fixture(scope="module")
def known() -> Index:
    return index(VERSION)


def right(known: Index, **other: Answer) -> Answers:
    """What a perfect system answers, but for some files."""
    answers = [Answer(file=e.file, sha256=e.sha256, answer=e.expected) for e in known.dossiers if e.about not in other]
    return Answers(system="Proef 1.0", answers=(*answers, *other.values()))


def test_the_templates_hold_every_file_and_read_back_as_not_tested(known: Index, tmp_path: Path) -> None:
    for name, data in {"a.csv": template_csv(known), "a.json": template_json(known)}.items():
        (tmp_path / name).write_bytes(data)
        found = compare(known, read_answers(tmp_path / name))
        assert found.counts() == {"agrees": 0, "differs": 0, "not-tested": len(known.dossiers)}
        assert not found.complete and not found.strange


def test_a_perfect_system_agrees_in_any_words(known: Index, tmp_path: Path) -> None:
    words = {"valid": ("geldig", "OK", " Valid "), "invalid": ("Ongeldig", "geweigerd", "rejected")}
    rows = list(csv.DictReader(io.StringIO(template_csv(known).decode("utf-8-sig")), delimiter=";"))
    book = openpyxl.Workbook()
    book.active.append(list(COLUMNS))
    for number, (row, entry) in enumerate(zip(rows, known.dossiers, strict=True)):
        book.active.append([row["file"].replace("/", "\\"), row["sha256"], words[entry.expected][number % 3], None])
    book.save(tmp_path / "antwoorden.xlsx")
    found = compare(known, read_answers(tmp_path / "antwoorden.xlsx"))
    assert found.complete and found.counts()["agrees"] == len(known.dossiers)


def test_wrong_answers_say_which_way_they_are_wrong(known: Index) -> None:
    good, bad = known.dossiers[0], next(e for e in known.dossiers if e.kind == "rule" and e.expected == "invalid")
    assert good.expected == "valid"
    found = compare(
        known,
        right(known, **{
            good.about: Answer(file=good.file, answer="invalid"),
            bad.about: Answer(file=bad.file, answer="valid", note="bij ons mag dit"),
        }),
    )  # fmt: skip
    states = {row.entry.about: row for row in found.rows if row.state != "agrees"}
    assert {about: row.state for about, row in states.items()} == {good.about: "differs", bad.about: "differs"}
    assert "weigert" in states[good.about].why.text("nl")  # type: ignore[union-attr]
    assert "neemt aan" in states[bad.about].why.text("nl")  # type: ignore[union-attr]
    assert states[bad.about].note == "bij ons mag dit"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([], "geen antwoord"),
        ([{"answer": ""}], "geen antwoord"),
        ([{"answer": "misschien"}], "kennen wij niet"),
        ([{"answer": "valid"}, {"answer": "invalid"}], "tegenspreken"),
        ([{"answer": "valid", "sha256": "0" * 64}], "andere inhoud"),
        ([{"answer": "valid"}, {"answer": "valid", "sha256": "0" * 64}], "andere inhoud"),
        ([{"answer": "valid"}, {"answer": "weet niet"}], "kennen wij niet"),
    ],
)
def test_what_is_not_clear_is_not_tested(known: Index, answers: list[dict[str, str]], why: str) -> None:
    first = known.dossiers[0]
    rest = [Answer(file=e.file, answer=e.expected) for e in known.dossiers[1:]]
    found = compare(known, Answers(answers=(*rest, *(Answer(file=first.file, **each) for each in answers))))
    assert found.counts() == {"agrees": len(known.dossiers) - 1, "differs": 0, "not-tested": 1}
    assert why in found.rows[0].why.text("nl")  # type: ignore[union-attr]
    assert not found.complete


def test_twice_the_same_answer_is_one_and_strange_files_are_told(known: Index) -> None:
    first = known.dossiers[0]
    doubled = right(known).answers
    found = compare(known, Answers(answers=(*doubled, Answer(file=first.file, answer="geldig"))))
    assert found.complete
    strange = compare(known, Answers(answers=(*doubled, Answer(file="elders.xml", answer="valid"))))
    assert (strange.strange, strange.complete) == (("elders.xml",), False)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"[]"),
        ("b.json", b'{"answers": [{"file": 3}]}'),
        ("c.json", b"\xff"),
        ("d.csv", b"bestand;antwoord\nx;valid\n"),
        ("e.csv", b""),
    ],
)
def test_a_file_without_answers_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigurationError):
        read_answers(tmp_path / name)
    with pytest.raises(ConfigurationError):
        read_answers(tmp_path / "is-er-niet.json")


def test_a_package_is_written_whole_and_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(write, "package", made)
    folder = tmp_path / "pakket"
    written = write.write_package(folder, [VERSION], "nl")
    assert read_index(folder) == written == index(VERSION)
    assert (folder / "index.json").read_bytes() == as_json(written)
    for entry in written.dossiers:
        assert len((folder / entry.file).read_bytes()) == entry.bytes
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{entry.file}"' in page for entry in written.dossiers)
    with pytest.raises(UsageError):  # old dossiers never stand among new ones
        write.write_package(folder, [VERSION], "nl")
    found = compare(written, read_answers(folder / "answers.csv"))
    write.write_result(folder, found, "nl")
    said = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert said["counts"]["not-tested"] == len(said["dossiers"]) == len(written.dossiers)
    assert 'id="s-not-tested"' in (folder / "result.html").read_text(encoding="utf-8")


def test_a_package_that_was_broken_off_has_no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(version: str) -> object:
        if version != VERSION:
            raise KeyboardInterrupt
        return made(version)

    monkeypatch.setattr(write, "package", stop)
    with pytest.raises(KeyboardInterrupt):
        write.write_package(tmp_path / "p", [VERSION, "2019.1"], "nl")
    with pytest.raises(ConfigurationError):
        read_index(tmp_path / "p")
    (tmp_path / "p" / "index.json").write_bytes(b"{}")
    with pytest.raises(ConfigurationError):
        read_index(tmp_path / "p")


def test_the_command_makes_a_package_and_compares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(write, "package", made)
    folder = tmp_path / "testdossiers"
    every, one, compared = (line.partition("#")[0].split() for line in typed_lines("docs/conformiteit.md"))
    monkeypatch.chdir(tmp_path)
    shown = call(*(VERSION if word == "2019.1" else word for word in one[1:]))
    assert shown.exit_code == 0 and one[: len(every)] == every
    assert "regels 71 van 71" in shown.stdout and "metadata/deeldossier = TIB" in shown.stdout
    answers = tmp_path / "mijn antwoorden.json"
    answers.write_bytes(right(index(VERSION)).model_dump_json().encode())
    assert call("generate", folder, "--conformance", "--answers", answers).exit_code == 0
    assert call(*compared[1:]).exit_code == 3  # the list of answers of the package, with nothing filled in
    shown = call("generate", folder, "--conformance", "--answers", folder / "answers.json", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["counts"]["agrees"]) == (3, 0)
    assert misfits("conformance-result", shown.stdout) == []
    assert misfits("conformance-result", (folder / write.RESULT).read_text(encoding="utf-8")) == []
    written = call("generate", tmp_path / "nog eens", "--conformance", "--oso", VERSION, "--json")
    assert misfits("conformance-written", written.stdout) == []


@pytest.mark.parametrize("options", [("--conformance", "--pupils", "3"), ("--answers", "a.csv"), ("--oso", VERSION)])
def test_an_option_that_says_nothing_here_is_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    shown = call("generate", tmp_path / "x", *options)
    assert isinstance(shown.exception, UsageError) and options[-2] in shown.exception.text("nl")
    assert not (tmp_path / "x").exists()


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_index_and_answers_fit_their_published_schemas(known: Index) -> None:
    folder = Path(__file__).resolve().parents[2] / "docs" / "schemas"
    for name, data in {"index": as_json(known), "answers": template_json(known)}.items():
        schema = json.loads((folder / f"conformance-{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(json.loads(data))


def test_the_commands_of_the_page_work_as_they_are_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(write, "package", lambda _version: made(VERSION))  # all versions take half a minute
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[2] / "docs" / "conformiteit.md"
    commands = re.findall(r"^dod2oso ([^#\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        compares = "--answers" in command
        if not compares:
            shutil.rmtree("testdossiers", ignore_errors=True)  # each begins anew
        shown = CliRunner().invoke(app, shlex.split(command))
        assert shown.exit_code == (3 if compares else 0), (command, shown.output)  # nobody filled in an answer
