"""Every command that the documentation has in a block of its own is typed, in its order, as whoever reads it would.

What is there beforehand, what each command ends with and what it says stands in doc_sessions.yaml; so does which few
commands are not typed, and why. All is done in this process: a page costs what its commands cost.
"""

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook

from dod2oso.base import projectkey
from dod2oso.base.caches import versions_changed
from dod2oso.base.yaml import load
from dod2oso.oso.official import official_checker
from tests.cli.kit import here
from tests.corpus.kit import pupil, reference, schools, write
from tests.decide import kit as decisions
from tests.handover.test_envelope import made as certificate_of
from tests.oso import standins
from tests.supplement.kit import fill
from tests.supplement.kit import typed as value_for
from tests.typed import ROOT, typed_lines

SAID: dict[str, Any] = load(Path(__file__).with_suffix("").with_name("doc_sessions.yaml")).data
PAGES, REASONS, STARTS = SAID["pages"], SAID["reasons"], SAID["starts"]
KINDS = ("type", "leave", "copy", "write", "do")
NOW = "1749945600"  # 15 June 2025: the pupils of our samples are of that school year


def lines_of(page: str) -> tuple[str, ...]:
    """The lines of a page that are typed here."""
    return typed_lines(page)[PAGES[page].get("typed-there", 0) :]


def steps(page: str) -> Iterator[dict[str, Any]]:
    yield from PAGES[page]["steps"]


def begins(step: dict[str, Any]) -> str | None:
    """How the line begins that this step is about; None for what is done between lines."""
    return step.get("type", step.get("leave"))


# --- the data is about all the documentation, and about nothing else ---


def test_every_page_with_commands_has_its_session() -> None:
    pages = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
    assert [page for page in pages if typed_lines(page)] == sorted(PAGES, key=pages.index)


@pytest.mark.parametrize("page", [page for page in PAGES if "steps" in PAGES[page]])
def test_every_line_of_the_page_has_its_step(page: str) -> None:
    begun = [begin for step in steps(page) if (begin := begins(step)) is not None]
    lines = lines_of(page)
    assert len(begun) == len(lines), (begun, lines)
    assert [line for line, begin in zip(lines, begun, strict=True) if not line.startswith(begin)] == []
    assert all(sum(kind in step for kind in KINDS) == 1 for step in steps(page))


def test_what_is_not_typed_is_little_has_a_reason_and_is_tested_elsewhere() -> None:
    left = [step for page in PAGES if "steps" in PAGES[page] for step in steps(page) if "leave" in step]
    assert {step["because"] for step in left} == set(REASONS)
    assert len(left) <= SAID["at-most-left"]
    for reason in REASONS.values():
        assert reason["why"] and all((ROOT / path).exists() for path in reason["by"])


@pytest.mark.parametrize("page", [page for page in PAGES if "tested" in PAGES[page]])
def test_a_page_that_another_test_types_is_named_there(page: str) -> None:
    assert Path(page).name in (ROOT / PAGES[page]["tested"]).read_text(encoding="utf-8")


# --- what there is when a page begins ---


@pytest.fixture(scope="module", autouse=True)
def _of_that_day() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", NOW)
        yield


@pytest.fixture(scope="module", name="starts")
def _starts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], Path]:
    """Makes a folder as it is when a page begins; what costs a run is made once."""
    made: dict[str, Path] = {}

    def start(name: str, folder: Path) -> Path:
        if name not in made:
            place = made[name] = tmp_path_factory.mktemp("start") / name
            place.mkdir()
            given = STARTS[name]
            if "after" in given:
                start(given["after"], place)
            for command in given["typed"]:
                ended = here(*shlex.split(command)[1:], cwd=place)
                assert ended.returncode == 0, (command, ended.stderr)
        return Path(shutil.copytree(made[name], folder, dirs_exist_ok=True))

    return start


# --- what people do between commands ---


def _copy(folder: Path, pairs: dict[str, str]) -> None:
    for to, source in pairs.items():
        found = ROOT / source.removeprefix("./") if source.startswith("./") else folder / source
        target = folder / to
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(found, target)


def fill_in(folder: Path) -> None:
    """The workbook, filled in and laid where the page says."""
    [book] = folder.glob("dod2oso-out/*/report/aanvulling.xlsx")
    answers = {"inzage/inzagedatum": date(2025, 6, 2)}
    fill(book, folder / "aanvullingen" / book.name, lambda column, n: answers.get(column) or value_for(column, n))


def code_lists(folder: Path) -> None:
    """Two lists of test codes: one with headings that are recognised, one with others."""
    for name, heads in (("toetscodelijst", ("toetscode", "naam", "versie", "leergebied")),
                        ("lijst", ("ID", "Titel", "Norm", "Vak"))):  # fmt: skip
        with xlsxwriter.Workbook(folder / f"{name}.xlsx") as book:
            sheet = book.add_worksheet()
            for number, row in enumerate((heads, ("4711", "Rekenen-Wiskunde M6", "3.0", "Rekenen"))):
                sheet.write_row(number, 0, row)


def names_to_decide(folder: Path) -> None:
    """An export with tests that have a name and no code; one of them is not in the lists."""
    tests = decisions.test_of("Rekenen-Wiskunde M6", "3.0", "Rekenen"), decisions.test_of("Spelling M6", "3.0", "Taal")
    write(folder / "exports" / "a.xml", reference(decisions.with_tests(1, *tests)))


def doubles(folder: Path) -> None:
    """Two pupils in two packages, one of them without a number in the list of pupils; converted."""
    write(folder / "exports" / "noord.xml", reference(pupil(1), pupil(2), pupil(3)))
    write(folder / "exports" / "zuid.xml", reference(pupil(1)))
    write(folder / "exports" / "leerlingen.xml", reference(pupil(2, BSN="")))
    command = ("run", "exports", "--overstap", "POPO", "--schools", schools(folder))
    assert here(*command, cwd=folder).returncode == 3


def run_again(folder: Path) -> None:
    """With what the school answered forgotten, so that something changed."""
    command = ("run", "exports", "--overstap", "POVO", "--schools", "scholen.csv", "--forget-supplements")
    assert here(*command, cwd=folder).returncode == 3


def answer_sheet(folder: Path) -> None:
    """In the sheet of questions, the last is to stay behind."""
    book = load_workbook(folder / "vragen.xlsx")
    [(sheet, column)] = [
        (sheet, cell.column) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == "leave"
    ]
    sheet.cell(sheet.max_row, column, "ja")
    book.save(folder / "vragen.xlsx")


def older_dossiers(folder: Path) -> None:
    """Dossiers that were made under an older version."""
    command = ("run", "exports", "--overstap", "POVO", "--schools", "scholen.csv", "--supplement", "aanvulling.csv")
    assert here(*command, "--oso", "2017.1", cwd=folder).returncode == 0
    shutil.copytree(folder / "dod2oso-out" / "dossiers" / "ready", folder / "dossiers-2017")


def ready(folder: Path) -> list[Path]:
    return sorted(folder.glob("dod2oso-out/dossiers/ready/*/*.xml"))


def some_dossiers(folder: Path) -> None:
    """One dossier, and one pupil's twice: the later with another phone number."""
    first = ready(folder)[0].read_bytes()
    (folder / "BESTAND.xml").write_bytes(first)
    (folder / "oud.xml").write_bytes(first)
    (folder / "nieuw.xml").write_bytes(re.sub(rb"<roepnaam>[^<]*<", b"<roepnaam>Anders<", first))


def official_files(folder: Path) -> None:
    (folder / "OSO_2019.1.zip").write_bytes(standins.zipped(standins.files("2019.1")))


def receivers(folder: Path) -> None:
    rows = [f"{path.stem};99XD" for path in ready(folder)]
    (folder / "lijst.csv").write_text("\n".join(["dossier;naar", *rows]), encoding="utf-8")


def certificate(folder: Path) -> None:
    """The certificate of a LAS."""
    certificate_of(folder, "las")


DOERS: dict[str, Callable[[Path], None]] = {
    each.__name__: each
    for each in (
        fill_in,
        code_lists,
        names_to_decide,
        doubles,
        run_again,
        older_dossiers,
        answer_sheet,
        some_dossiers,
        official_files,
        receivers,
        certificate,
    )
}


# --- the sessions ---


def arguments(line: str, step: dict[str, Any], folder: Path) -> tuple[list[str], str]:
    """The words of a line with what the reader puts in place of some, and the file its output goes to ("" for none)."""
    line, _, target = re.split(r"\s+#\s", f"{step.get('rather', line)} ")[0].partition(" > ")
    instead = step.get("as", {})
    words = []
    for word in shlex.split(line)[1:]:
        said = str(instead.get(word, word))
        words.append(ready(folder)[0].stem if said == "<dossier>" else said)
    return [*words, *step.get("more", ())], target.strip()


def typed(line: str, step: dict[str, Any], folder: Path) -> None:
    words, target = arguments(line, step, folder)
    said = here(*words, cwd=folder, answers=step.get("answers"))
    codes = step.get("code", 0)
    told = said.stdout + said.stderr
    assert said.returncode in (codes if isinstance(codes, list) else [codes]), (line, said.returncode, told)
    assert re.search(step.get("says", ""), told), (line, told)
    if target:
        (folder / target).write_text(said.stdout, encoding="utf-8")
    if wanted := step.get("leaves"):
        assert any(folder.glob(wanted)), (line, wanted)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any("type" in step for step in PAGES[page].get("steps", ()))]
)
def test_the_page_works_as_it_is_written(
    page: str, starts: Callable[[str, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    folder = tmp_path / "werk"
    folder.mkdir()
    if name := PAGES[page].get("start"):
        starts(name, folder)
    lines = iter(lines_of(page))
    try:
        for step in steps(page):
            line = next(lines) if begins(step) is not None else ""
            if line.startswith("cd "):
                folder = (folder / line.split()[1]).resolve()
            elif "type" in step:
                typed(line, step, folder)
            elif "do" in step:
                DOERS[step["do"]](folder)
            elif "copy" in step:
                _copy(folder, step["copy"])
            elif "write" in step:
                for name, text in step["write"].items():
                    (folder / name).write_text(text, encoding="utf-8")
    finally:
        projectkey.forget()
        versions_changed()
        official_checker.cache_clear()
