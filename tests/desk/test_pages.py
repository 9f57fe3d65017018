"""Start, schools and report: what they show, what they make, and that one damaged thing never hides the others."""

import os
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from dod2oso.desk.recent import FILE
from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import until
from tests.project.region import key, name, school
from tests.supplement.kit import fill


def at(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}/POVO"


def test_an_empty_machine_teaches_and_makes_a_project(tmp_path: Path) -> None:
    with running(tmp_path) as caller:
        caller.enter()
        assert "nog geen project" in caller.get("/").words
        said = caller.post(
            "/make", name="Regio Zuid", folder=str(tmp_path / "zuid é ☃"), transfer="POVO", deadline="2027-03-24",
            contact='de helpdesk "zuid" {name}', oso="",
        )  # fmt: skip
        assert "Hoe het project ervoor staat" in said.title and "24-03-2027" in said.words
        assert str(tmp_path / "zuid é ☃") in said.words  # where it lies
        project = caller.server.desk.opened(next(iter(caller.server.desk._known))).project
        assert project.project.contact == 'de helpdesk "zuid" {name}' and project.project.name == "Regio Zuid"
        assert "Regio Zuid" in caller.get("/").words


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"folder": "../weg"}, "geen goede naam"),
        ({"folder": "{tmp}/er/is/niets"}, "bestaat niet"),
        ({"folder": "{tmp}/vol"}, "andere bestanden"),
        ({"folder": "{tmp}/vol/bestand.txt"}, "geen map"),
        ({"folder": "{tmp}/nieuw", "deadline": "morgen"}, "geen datum"),
        ({"folder": "{tmp}/nieuw", "transfer": "NAAR-DE-MAAN"}, "POVO"),
        ({"folder": "{tmp}/nieuw", "oso": "1900.1"}, "Onbekende OSO-versie"),
        ({"folder": "{tmp}/nieuw", "name": "a\tb\x01"}, "stuurtekens"),
        ({"folder": "", "name": ""}, "geen goede naam"),
    ],
)
def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(
    fields: dict[str, str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "vol").mkdir()
    (tmp_path / "vol/bestand.txt").touch()
    with running(tmp_path) as caller:
        caller.enter()
        given = {"name": "Regio Noord", "transfer": "POVO", "contact": "bel Noord"} | fields
        said = caller.post("/make", **{name: value.replace("{tmp}", str(tmp_path)) for name, value in given.items()})
        assert said.status == 409 and told in said.words and "bel Noord" in said.text
        assert not (tmp_path / "nieuw/dod2oso.toml").exists()


def test_a_damaged_project_does_not_hide_the_others(project: Path, tmp_path: Path) -> None:
    for folder, text in (("stuk", "[project\n"), ("vreemd", "[project]\nkleur = 1\n"), ("geen", ""), ("weg", None)):
        (tmp_path / folder).mkdir()
        if text is not None:
            (tmp_path / folder / "dod2oso.toml").write_text(text, encoding="utf-8")
    bad = tmp_path / os.fsdecode(b"half\xe9")
    with running(tmp_path, project) as caller:
        caller.enter()
        for folder in ("stuk", "vreemd", "geen", "weg", "nooit"):
            caller.server.desk.recent.add(tmp_path / folder)
        caller.server.desk.recent.add(bad)
        said = caller.get("/")
        assert said.status == 200 and "Regio Voorbeeld" in said.words
        assert said.text.count('class="wrong"') == 6 and said.text.count("/forget") == 7
        gone = caller.server.desk.know(tmp_path / "stuk")
        assert caller.get(f"/p/{gone}").status == 409
        assert "stuk" not in caller.post("/forget", project=gone).words and (tmp_path / "stuk").is_dir()


def test_a_list_of_projects_that_is_damaged_is_an_empty_one(tmp_path: Path, project: Path) -> None:
    (tmp_path / "state").mkdir()
    for text in ("{", "[1, null]", '"x"', "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        (tmp_path / "state" / FILE).write_text(text, encoding="utf-8")
        with running(tmp_path) as caller:
            caller.enter()
            assert "nog geen project" in caller.get("/").words
            assert "Hoe het project" in caller.post("/open", folder=str(project)).title
            assert "Regio Voorbeeld" in caller.get("/").words


def test_where_nothing_may_be_written_the_work_goes_on(project: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with running(tmp_path, project) as caller:
        caller.enter()
        assert caller.get(at(caller) + "/schools").status == 200


def test_the_schools_stand_against_the_deadline_and_sort(caller: Caller) -> None:
    said = caller.get(at(caller) + "/schools")
    assert name(0) in said.words and name(39) in said.words
    by_name = caller.get(at(caller) + "/schools?by=name").words
    assert by_name.index(name(3)) < by_name.index(name(4))
    by_stand = caller.get(at(caller) + "/schools?by=stand").words
    assert by_stand.index(name(5)) < by_stand.index(name(2)) < by_stand.index(name(0))
    assert caller.get(at(caller) + "/schools?by='").status == 200


def test_a_school_gets_its_package_and_no_other(caller: Caller, project: Path) -> None:
    brin, vestiging = key(0)
    url = f"{at(caller)}/schools/{brin}-{vestiging}"
    before = caller.get(url)
    assert "Pakketten voor alle scholen maken" in before.words
    assert caller.get(f"{url}/zip").status == 404
    after = caller.post(f"{url}/pack")
    assert "Het pakket is klaar" in after.words and "Beste" in after.words
    said = caller.get(f"{url}/zip")
    assert set(zipfile.ZipFile(BytesIO(said.body)).namelist()) == {"rapport.html", "aanvulling.xlsx"}
    assert f"{brin}-{vestiging}.zip" in said.headers["Content-Disposition"]
    assert caller.get(f"{url}/mail").body.startswith(b"To:") or b"\nTo:" in caller.get(f"{url}/mail").body
    for other in ("99ZZ-00", brin, "..", f"{brin}-{vestiging}-x"):
        assert caller.get(f"{at(caller)}/schools/{other}").status == 404
    assert caller.get(f"{url}/wachtwoorden.csv").status == 404


def test_before_the_first_run_the_pages_say_what_to_do(tmp_path: Path, project: Path) -> None:
    for path in sorted((project / "dod2oso-out").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with running(tmp_path, project) as caller:
        caller.enter()
        for page in ("schools", "report"):
            assert "nog niets omgezet" in caller.get(f"{at(caller)}/{page}").words


def test_the_report_is_read_fetched_and_masked(caller: Caller, project: Path) -> None:
    url = at(caller) + "/report"
    said = caller.get(url)
    for file in ("gaps.xlsx", "gaps.csv", "gaps.json"):
        assert f"own/{file}" in said.text
        assert caller.get(f"{url}/own/{file}").body == (project / "dod2oso-out/POVO/report" / file).read_bytes()
    shown = caller.get(f"{url}/own/gaps.html")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox") and b"<h1" in shown.body
    assert "shared/gaps.html" not in said.text
    assert "shared/gaps.html" in caller.post(url, masked="1").text
    for path in ("own/ledger.sqlite", "own/..", "shared/aanvulling.xlsx", "x/gaps.html", "own/gaps.pdf"):
        assert caller.get(f"{url}/{path}").status == 404


def test_a_link_in_the_place_of_a_report_is_not_followed(caller: Caller, project: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("geheim")
    report = project / "dod2oso-out/POVO/report/gaps.csv"
    report.unlink()
    report.symlink_to(secret)
    assert caller.get(at(caller) + "/report/own/gaps.csv").status == 404


def test_a_view_of_one_school_shows_no_other(project: Path, tmp_path: Path) -> None:
    brin, vestiging = key(0)
    with running(tmp_path, project, school=brin) as caller:
        caller.enter()
        said = caller.get(at(caller))
        assert f"/schools/{brin}-{vestiging}" in said.text or name(0) in said.words
        for number in range(1, 40):
            assert name(number) not in said.words
            assert caller.get(f"{at(caller)}/schools/{school(number).brin}-{school(number).vestiging}").status == 404
        for path in ("/", f"{at(caller)}/report", f"{at(caller)}/report/own/gaps.csv"):
            assert caller.get(path).status == 404
        url = f"{at(caller)}/schools/{brin}-{vestiging}"
        assert caller.send(f"{url}/pack").status == 404
        assert not (tmp_path / "state").exists()  # nor is it on anybody's list


def test_english_is_english(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project, lang="en") as caller:
        caller.enter()
        assert "How the project stands" in caller.get(f"/p/{next(iter(caller.server.desk._known))}").title
        assert "Your projects" in caller.get("/").words and 'lang="en"' in caller.get("/").text


def test_somebody_else_at_work_is_told_and_nothing_breaks(caller: Caller, project: Path) -> None:
    from dod2oso.base.folderlock import held

    with held(project / "dod2oso-out/POVO", "run --overstap POVO"):
        said = caller.post(at(caller) + "/report")
    assert said.status == 409 and "run --overstap POVO" in said.words
    assert caller.get(at(caller) + "/schools").status == 200


def test_stopping_says_so_and_ends(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project) as caller:
        caller.enter()
        assert "bewaard" in caller.post("/stop").words


def test_a_school_shows_what_came_back_what_contradicts_and_how_it_went(caller: Caller, project: Path) -> None:
    brin, vestiging = key(0)
    url = f"{at(caller)}/schools/{brin}-{vestiging}"
    before = caller.get(url)
    assert "Na elke keer omzetten" in before.words and 'id="teruggekomen"' not in before.text
    book = project / "dod2oso-out/POVO/report/aanvulling.xlsx"
    for number, said in enumerate(("ja", "nee")):
        target = project / f"aanvullingen/{number}.xlsx"
        assert fill(book, target, lambda _column, _n, said=said: said, lambda keys: keys["brin"] == brin)  # type: ignore[misc]
    page = until(lambda: caller.get(url), lambda said: "data-again" not in said.text)
    assert re.search(r"[1-9][0-9]* velden spreken een ander tegen", page.words)
    assert "0.xlsx" in page.words and "zegt iets anders dan" in page.words
    other_brin, other = key(1)
    assert "spreken een ander tegen" not in caller.get(f"{at(caller)}/schools/{other_brin}-{other}").words
