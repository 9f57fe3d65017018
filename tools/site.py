"""The site of the documentation, to be read without a network: `make site`, then build/site-sources/site/index.html.

    python -m tools.site [FOLDER]

Made by Zensical from docs/, README.md and the other pages of the root, with a page per finding, reason and rule, whose
place never moves (findings/pages.py). Needs Zensical, which is not in the lock (docs/besluiten/0036).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from dod2oso.findings.pages import KINDS, Kind
from dod2oso.report.explained import Explained, all_codes, explain_code

ROOT = Path(__file__).resolve().parents[1]
NAV = Path(__file__).with_suffix(".yaml")
WORKER = Path(__file__).with_name("site-worker.js")
ROOT_PAGES = ("README", "STABILITY", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_FENCE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)
_FAR = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"[^>]*></script>')
_KINDS = {"finding": "Bevinding", "reason": "Reden om een gegeven achter te laten", "rule": "Regel van OSO"}
_SETTINGS: dict[str, Any] = {
    "site_name": "dod2oso",
    "use_directory_urls": False,  # so that it works from a disk, and a code has its page at one place
    "theme": {"name": "material", "language": "nl", "font": False, "features": ["navigation.tabs", "search.highlight"]},
    "plugins": ["search", "offline"],
    "markdown_extensions": ["tables", "toc", "attr_list", "md_in_html", "pymdownx.superfences", "pymdownx.highlight"],
}


def sources() -> dict[str, Path]:
    """Every page and picture of the site that stands in the project: its place on the site -> its file."""
    found = {"index.md" if name == "README" else f"{name}.md": ROOT / f"{name}.md" for name in ROOT_PAGES}
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in (".md", ".png", ".webp", ".json"):
            found[path.relative_to(ROOT / "docs").as_posix()] = path
    for path in sorted((ROOT / "samples").rglob("*.md")):
        found[path.relative_to(ROOT).as_posix()] = path
    return found


def moved(text: str, at: str, file: Path, places: dict[Path, str]) -> str:
    """A page with its links as they are on the site; what is not on it is named, not linked."""

    def link(match: re.Match[str]) -> str:
        picture, shown, target, part = match.groups()
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        to = places.get((file.parent / target).resolve()) if target else at
        if to is None:
            return shown
        part = re.sub("-+", "-", part or "")  # as the generator calls a heading
        return f"{picture}[{shown}]({os.path.relpath(to, PurePosixPath(at).parent) if target else ''}{part})"

    return "".join(part if part.startswith("```") else _LINK.sub(link, part) for part in _FENCE.split(text))


def code_page(kind: Kind, code: str) -> str:
    """The page of one code, in Dutch and then in English."""
    dutch, english = explain_code(code, "nl"), explain_code(code, "en")
    lines = [f"# `{code}`", "", f"*{_KINDS[kind]}.*", "", *_told(dutch, "nl"), "", "## In English", ""]
    lines += [*_told(english, "en"), "", "---", "", f"Zonder internet: `dod2oso explain {code}`."]
    overview = "../regels.md" if kind == "rule" else "../bevindingen.md"
    return "\n".join([*lines, f"[Alle codes]({overview})", ""])


def _told(one: Explained, lang: str) -> Iterator[str]:
    title, *lines = list(one.lines(lang))[:-1]  # the last says where this page stands
    yield f"{title[:1].upper()}{title[1:]}."
    for line in lines:
        yield from ("", re.sub(r"([<>*_\[\]])", r"\\\1", line))


def gather(into: Path) -> dict[str, str]:
    """Every page as the site needs it: place -> title; written into a folder, with the settings beside it."""
    shutil.rmtree(into, ignore_errors=True)
    pages = sources()
    places = {path.resolve(): at for at, path in pages.items()}
    titles = {}
    for at, path in pages.items():
        target = into / "docs" / at
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = moved(path.read_text(encoding="utf-8"), at, path, places)
            titles[at] = next(line for line in text.splitlines() if line.startswith("# "))[2:]
            target.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, target)
    for kind in KINDS:
        for code in all_codes(kind):
            target = into / "docs" / Path(explain_code(code).page).with_suffix(".md")
            target.parent.mkdir(exist_ok=True)
            target.write_text(code_page(kind, code), encoding="utf-8")
    settings = _SETTINGS | {"nav": nav(titles)}
    (into / "mkdocs.yml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return titles


def headings() -> dict[str, list[str]]:
    """Heading -> its pages, by their place on the site."""
    said = yaml.safe_load(NAV.read_text(encoding="utf-8"))["nav"]
    return {
        heading: ["index.md" if page == "README.md" else page for page in listed]
        for part in said
        for heading, listed in part.items()
    }


def nav(titles: dict[str, str]) -> list[dict[str, list[dict[str, str]]]]:
    """The menu, each page by its own title."""
    return [{heading: [{titles[page]: page} for page in pages]} for heading, pages in headings().items()]


def build(into: Path) -> Path:
    """Make the site in a folder; the folder with its pages."""
    gather(into)
    program = shutil.which("zensical") or str(Path(sys.executable).with_name("zensical"))
    subprocess.run([program, "build", "--clean"], cwd=into, check=True)  # noqa: S603
    _without_network(into / "site")
    return into / "site"


def _without_network(site: Path) -> None:
    """Put our own script in the place of the one that the generator takes from the network, so that search works."""
    shutil.copyfile(WORKER, site / "assets" / "javascripts" / "worker.js")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        ours = os.path.relpath(site / "assets" / "javascripts" / "worker.js", page.parent)
        page.write_text(_FAR.sub(f'<script src="{ours}"></script>', text), encoding="utf-8")


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site-sources"))
