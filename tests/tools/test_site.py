"""What the site is made of: every page under one heading, a page per code, links that lead somewhere."""

from pathlib import Path

from dod2oso.report.explained import all_codes, explain_code
from tools import site

ROOT = Path(__file__).resolve().parents[2]


def test_every_page_stands_under_one_heading() -> None:
    listed = [page for pages in site.headings().values() for page in pages]
    assert len(listed) == len(set(listed))
    apart = {at for at in site.sources() if at.startswith(("samples/", "besluiten/0")) or not at.endswith(".md")}
    assert set(listed) == set(site.sources()) - apart


def test_links_go_along_and_what_is_not_on_the_site_is_only_named() -> None:
    page, other = ROOT / "docs" / "x.md", ROOT / "docs" / "besluiten" / "README.md"
    places = {other.resolve(): "besluiten/README.md", (ROOT / "STABILITY.md").resolve(): "STABILITY.md"}
    for said, expected in (
        ("[a](besluiten/README.md#b---c)", "[a](besluiten/README.md#b-c)"),
        ("[here](#b---c)", "[here](#b-c)"),
        ("[`s`](../STABILITY.md)", "[`s`](STABILITY.md)"),
        ("[code](../dod2oso/cli/app.py)", "code"),
        ("[far](https://example.org/x)", "[far](https://example.org/x)"),
        ("```\n[a](nowhere.md)\n```", "```\n[a](nowhere.md)\n```"),
    ):
        assert site.moved(said, "x.md", page, places) == expected
    inside = site.moved("[up](../../STABILITY.md)", "besluiten/README.md", other, places)
    assert inside == "[up](../STABILITY.md)"


def test_every_code_has_its_page_where_json_says_it_is(tmp_path: Path) -> None:
    titles = site.gather(tmp_path)
    for code in all_codes():
        page = (tmp_path / "docs" / explain_code(code).page).with_suffix(".md")
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# `{code}`\n") and "## In English" in text
    assert set(titles) >= {"index.md", "english.md", "STABILITY.md"}
    assert "offline" in (tmp_path / "mkdocs.yml").read_text(encoding="utf-8")
