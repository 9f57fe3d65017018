"""The region of several boards in a real browser: on a phone, and for everybody."""

import json
from pathlib import Path
from typing import Any

from dod2oso.ledger.store import Ledger
from dod2oso.report.merge import merge
from dod2oso.report.merged import write_region
from dod2oso.report.write import write


def test_a_phone_and_everybody(browser: Any, report: Path, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with Ledger.open(report.parent.parent) as ledger:
        [one] = write(ledger, ledger.last_run() or "", tmp_path, ["json"], masked=True)
    data = json.loads(one.read_bytes())
    data["run"]["id"] = "elders"
    for school in data["schools"]:
        school["brin"] = f"98{school['brin'][2:]}"
    other = tmp_path / "Bestuur met een heel lange naam, zoals er zijn.json"
    other.write_text(json.dumps(data), "utf-8")
    made = write_region(merge([one, other]), tmp_path)[0]
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1000, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(120_000)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(made.as_uri())
        assert asked == [made.as_uri()]
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        context.close()
