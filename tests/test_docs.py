"""Documentation is tested: generated pages are up to date, links lead somewhere, every command is named."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import command_reference as commands
from tools import findings_reference as findings
from tools import manual, screenshots
from tools import messages_reference as messages

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("samples/**/*.md")))


@pytest.mark.parametrize("page", [commands, findings, messages], ids=["opdrachten", "bevindingen", "meldingen"])
def test_a_generated_page_is_up_to_date(page: object) -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page()  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("lang", manual.PAGES)
def test_the_manual_page_is_up_to_date_and_sound(lang: str) -> None:
    text = manual.PAGES[lang].read_text(encoding="utf-8")
    assert text == manual.page(lang)
    known = {".TH", ".SH", ".SS", ".TP", '.\\"'}
    assert {line.split()[0] for line in text.splitlines() if line.startswith((".", "'"))} == known
    if groff := shutil.which("groff"):
        said = subprocess.run(
            [groff, "-man", "-Kutf8", "-Tutf8", "-ww", "-z"], input=text, text=True, capture_output=True
        )
        assert (said.returncode, said.stderr) == (0, "")


def test_the_pictures_of_the_readme_are_there_and_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in screenshots.PICTURES:
        assert f"(docs/beelden/{name})" in readme
        assert 5_000 < (screenshots.FOLDER / name).stat().st_size < screenshots.LARGEST


def test_the_readme_names_every_command_and_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {line.split()[2] for line in commands.page().splitlines() if line.startswith("## dod2oso ")}
    assert {name for name in names if f"dod2oso {name}" not in readme and f"`{name}`" not in readme} == set()
    assert {page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in readme} == set()


def test_contributing_names_places_that_there_are() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:dod2oso|mappings|tests|docs|tools|benchmarks)/[\w./-]*)`", text)
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert [
        row for row in text.splitlines() if row.startswith("| a ") and not re.match(r"\| [^|]+ \| [1-3] \|", row)
    ] == []


def test_every_decision_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "besluiten"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
    assert [int(name[:4]) for name in listed] == list(range(1, len(listed) + 1))


def test_nothing_speaks_of_a_workplace() -> None:
    """No machine path, and no standard of somebody else, stands in the project."""
    words = re.compile(r"/wor[k]/|\.\./shared/standards/.*\.copy|/tmp/cont[r]act")
    for path in ROOT.rglob("*"):
        if path.suffix in (".py", ".md", ".yaml", ".toml", ".j2") and ".venv" not in path.parts:
            assert not words.search(path.read_text(encoding="utf-8")), path.relative_to(ROOT)
