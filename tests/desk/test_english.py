"""With `--lang en` no page says anything in Dutch, but for names, codes and what must be typed as it is."""

import re
from functools import cache
from pathlib import Path

from dod2oso.base.texts import templates
from dod2oso.findings.catalogue import entries
from dod2oso.qualify.kit import kits
from dod2oso.source.dictionary import load_dictionary
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import drop, until
from tests.discover.test_walkthrough import flat

_SURE = 14  # signs: shorter ones are the same in both languages too often


@cache
def dutch() -> frozenset[str]:
    """Every text of ours that is said in Dutch and otherwise in English."""
    pairs = [(each["nl"], each["en"]) for each in templates().values()]
    pairs += [(each.nl, each.en) for each in entries().values()]
    pairs += [(each.nl, each.en) for each in load_dictionary().fields.values()]
    english = {en for _nl, en in pairs}
    return frozenset(
        nl
        for nl, en in pairs
        if nl not in english
        and nl != en
        and "{" not in nl
        and " " in nl
        and len(nl) >= _SURE  # one word may be a column
    )


def pages(caller: Caller, at: str) -> list[str]:
    """One of each kind that there is."""
    schools = re.findall(rf'href="({at}/schools/[^"?]+)"', caller.get(f"{at}/schools").text)
    fill = re.findall(rf'href="({at}/fill/[^"?]+)"', caller.get(f"{at}/fill").text)[0]
    code = fill.rpartition("/")[2]
    pupil = re.findall(rf'href="({fill}/[0-9a-f]+)"', caller.get(fill).text)[0]
    dossier = re.findall(rf'href="({at}/dossiers/{code}/[^"?/]+)"', caller.get(f"{at}/dossiers/{code}").text)[0]
    files = until(lambda: caller.get(f"{at}/deliveries"), lambda said: "data-again" not in said.text)
    layout = re.findall(rf'href="({at}/layout/[^"]+)"', files.text)[0]
    until(lambda: caller.get(layout), lambda said: "data-again" not in said.text)
    until(lambda: caller.get(f"{at}/decide"), lambda said: "data-again" not in said.text)
    place = re.findall(rf'href="({layout}/row/[0-9a-f]+)"', caller.get(layout).text)
    kit = next(iter(kits())).name
    parts = ("deliveries", "decide", "run", "schools", "fill", "fill?what=useful", "handover", "report", "qualify")
    return [
        "/", at.rpartition("/")[0], *(f"{at}/{part}" for part in parts), schools[0], fill, f"{fill}?what=useful", pupil,
        f"{pupil}?what=useful", f"{at}/dossiers/{code}", dossier, f"{dossier}/origin", layout, place[7],
        f"{layout}/preview", f"{at}/handover/{code}", f"{at}/qualify/{kit}", "/p/nowhere", "/locked",
    ]  # fmt: skip


def test_no_page_says_anything_in_dutch(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project, lang="en") as caller:
        caller.enter()
        drop(caller, ("leerl.csv", flat(tmp_path).read_bytes()))
        at = f"/p/{next(iter(caller.server.desk._known))}/POVO"
        found = {}
        for path in pages(caller, at):
            said = caller.get(path)
            assert 'lang="en"' in said.text
            words = said.words
            if wrong := sorted(text for text in dutch() if text in words):
                found[path] = wrong
        assert found == {}
