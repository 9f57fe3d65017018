"""The built site, from a disk and without a network: no dead link, nothing from elsewhere, search, and axe.

`make site` builds it; DOD2OSO_TEST_SITE is the folder in which its index.html stands.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from dod2oso.report.explained import all_codes, explain_code
from tests.waiting import HANG

SITE = Path(os.environ.get("DOD2OSO_TEST_SITE", ""))
pytestmark = pytest.mark.skipif(not os.environ.get("DOD2OSO_TEST_SITE"), reason="the site is not built (make site)")
LOOKED_AT = ("index.html", "installeren.html", "english.html", "bevinding/veld-dubbel.html", "opdrachten.html")


def test_no_link_is_dead_and_nothing_comes_from_elsewhere() -> None:
    pages = {path: html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot() for path in SITE.rglob("*.html")}
    assert len(pages) > 400
    names = {path: {node.get("id") or node.get("name") for node in root.xpath("//*[@id or @name]")}
             for path, root in pages.items()}  # fmt: skip
    dead = []
    for path, root in pages.items():
        if path.name == "404.html":  # for a server, from its root
            continue
        for node in root.xpath("//*[@href or @src]"):
            target = unquote(str(node.get("href") or node.get("src") or ""))
            if re.match(r"[a-z]+:", target) or target.startswith("//"):
                assert node.tag == "a" or node.get("rel") in ("canonical", None), f"{path.name}: {target}"
                continue
            file, _, part = target.partition("#")
            to = (path.parent / file.partition("?")[0]).resolve() if file else path
            to = to / "index.html" if to.is_dir() else to
            if not to.exists() or (part and to in names and part not in names[to] and part != "__skip"):
                dead.append(f"{path.relative_to(SITE)}: {target}")
    assert dead == []


def test_every_code_has_its_page() -> None:
    assert [code for code in all_codes() if not (SITE / explain_code(code).page).is_file()] == []


def test_search_finds_a_code_without_a_network(visit: Callable[..., Any]) -> None:
    page = visit((SITE / "index.html").as_uri())
    page.click("button.md-search__button")
    page.locator("input[placeholder]:visible").first.fill("veld-dubbel")
    page.wait_for_selector("a[href*='bevinding/veld-dubbel']", timeout=HANG * 1000)
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_nothing_serious(name: str, visit: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit((SITE / name).as_uri())
    page.wait_for_load_state("load")
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in found if each["impact"] in ("serious", "critical")
    ]  # fmt: skip
    assert serious == []
