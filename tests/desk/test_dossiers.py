"""A dossier to read: what goes, what stays behind and why; values behind the switch, nothing of another school."""

import re
from pathlib import Path

from tests.desk.kit import Caller, running
from tests.project.region import PUPILS, key

BRIN, VESTIGING = key(0)


def school(caller: Caller, number: int = 0) -> str:
    brin, vestiging = key(number)
    return f"/p/{next(iter(caller.server.desk._known))}/POVO/dossiers/{brin}-{vestiging}"


def listed(caller: Caller, number: int = 0) -> list[str]:
    url = school(caller, number)
    return list(re.findall(rf'href="({url}/[a-z0-9-]+)"', caller.get(url).text))


def values(project: Path) -> set[str]:
    """What stands in the dossiers of the school and is no word of a page: made-up surnames are."""
    files = (project / f"dod2oso-out/POVO/dossiers/held/{BRIN}").glob("*.xml")
    texts = "".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"<(?:geboortedatum|burgerservicenummer|postcode)>([^<]+)<", texts))


def test_values_stand_behind_the_switch(caller: Caller, project: Path) -> None:
    assert len(listed(caller)) == PUPILS and values(project)
    for path in listed(caller):
        hidden = caller.get(path)
        assert hidden.status == 200 and "Wat meegaat" in hidden.words and "•••" in hidden.words
        assert "Wat achterblijft" in hidden.words and 'class="badge error"' in hidden.text
        assert not any(value in hidden.text for value in values(project))
    shown = [caller.post(f"{school(caller)}/names", show="1", pupil=path.rpartition("/")[2]) for path in listed(caller)]
    assert all(any(value in page.text for page in shown) for value in values(project))
    assert not any(value in page.title for page in shown for value in values(project))
    again = caller.post(f"{school(caller)}/names", show="0", pupil=listed(caller)[0].rpartition("/")[2])
    assert "•••" in again.words and not any(value in again.text for value in values(project))


def test_nothing_of_another_school(project: Path, tmp_path: Path, caller: Caller) -> None:
    mine, other = listed(caller)[0].rpartition("/")[2], listed(caller, 1)[0].rpartition("/")[2]
    assert caller.get(f"{school(caller)}/{other}").status == 404
    assert caller.get(f"{school(caller, 1)}/{mine}").status == 404
    for name in ("x", "..", "names", "%00", "a" * 5000):
        assert caller.get(f"{school(caller)}/{name}").status in (400, 404)
    with running(tmp_path / "een", project, school=BRIN) as limited:
        limited.enter()
        assert len(listed(limited)) == PUPILS
        assert limited.get(school(limited, 1)).status == 404
        assert limited.get(f"{school(limited, 1)}/{other}").status == 404


def test_a_dossier_without_its_file_still_says_what_is_known(caller: Caller, project: Path) -> None:
    path = listed(caller)[0]
    for file in (project / "dod2oso-out/POVO/dossiers/held").rglob("*.xml"):
        file.unlink()
    said = caller.get(path)
    assert said.status == 200 and "geen dossier om te lezen" in said.words


def test_each_value_says_where_it_comes_from_and_none_is_shown(caller: Caller, project: Path) -> None:
    path = listed(caller)[0]
    said = caller.get(f"{path}/origin")
    assert said.status == 200 and said.text.count("<details>") > 10
    assert "export" in said.words and "dod-oso.yaml" in said.words and "dod-referentie.yaml" in said.words
    assert not any(value in said.text for value in values(project))
    assert caller.get(f"{school(caller, 1)}/{path.rpartition('/')[2]}/origin").status == 404
    for file in (project / "exports").rglob("export*"):
        file.unlink()
    assert caller.get(f"{path}/origin").status == 409  # it says so, and is no bug


def test_the_page_for_the_parents_is_made_and_stands_behind_the_switch(handing: Caller, tmp_path: Path) -> None:
    url = f"/p/{next(iter(handing.server.desk._known))}/POVO"
    code = re.findall(rf'href="{url}/schools/([^"?]+)"', handing.get(f"{url}/schools").text)[0]
    at = f"{url}/dossiers/{code}"
    path = re.findall(rf'href="({at}/[a-z0-9-]+)"', handing.get(at).text)[0]
    assert handing.get(f"{path}/inspection").status == 404
    assert "pagina is gemaakt" in handing.post(f"{path}/inspection").words
    assert handing.get(f"{path}/inspection").status == 404  # names are hidden
    handing.post(f"{at}/names", show="1", pupil="")
    shown = handing.get(f"{path}/inspection")
    assert shown.status == 200 and shown.headers["Content-Security-Policy"].startswith("sandbox")
    assert b"<h1" in shown.body and len(list(tmp_path.rglob("inzage/*/*.html"))) == 1
    brin = code.partition("-")[0]
    project = handing.server.desk.home
    with running(tmp_path / "een", project, school=brin) as limited:
        limited.enter()
        assert limited.send(f"{path}/inspection").status == 404  # the school reads, the region makes
