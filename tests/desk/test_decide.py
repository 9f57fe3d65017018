"""Deciding: candidates, one click for all schools, undo and history; nobody overwrites another; no value of a pupil."""

import re
from html import unescape
from pathlib import Path

import pytest

from dod2oso.base.clock import run_date
from dod2oso.decide.doubles import read_doubles
from dod2oso.decide.withdrawn import read_withdrawn
from dod2oso.report.numbers import date
from dod2oso.source.decisions import DecidedTest, DecidedValue, read_decisions, write_decisions
from tests.corpus.kit import SCHOOL, bsn, pupil, reference
from tests.decide.kit import sheet, with_tests
from tests.decide.kit import test_of as a_test
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import drop, home, ran, until, url

NAMES = ("Rekenen M6", "Spelling M6")


def pupils() -> bytes:
    tests = [a_test(NAMES[0], "3.0", "Rekenen"), a_test(NAMES[1], "3.0", "Taal")]
    return reference(*(with_tests(n, *tests) for n in (1, 2)), with_tests(3, tests[0])).encode()


def page(caller: Caller) -> Said:
    return until(lambda: caller.get(url(caller) + "/decide"), lambda said: 'http-equiv="refresh"' not in said.text)


def questions(said: Said) -> dict[str, str]:
    """What is asked -> its id."""
    found = re.findall(r'<li id="v-([0-9a-f]{16})">\s*<h3>(.*?)<span', said.text, re.S)
    return {unescape(re.sub("<[^>]+>", "", text)).strip(): id_ for id_, text in found}


def about(said: Said, name: str) -> str:
    return next(id_ for text, id_ in questions(said).items() if name in text)


def undo_fields(said: Said) -> dict[str, str]:
    fields = r'name="decision" value="([0-9a-f]{16})"><input type="hidden" name="was" value="([^"]*)"'
    found = re.search(fields, said.text)
    assert found is not None
    return {"decision": found[1], "was": unescape(found[2])}


@pytest.fixture(name="asked")
def _asked(fresh: Caller) -> Caller:
    drop(fresh, ("a.xml", pupils()))
    return fresh


def listed(caller: Caller, tmp_path: Path, *head: str) -> Said:
    rows = [("4711", NAMES[0], "3.0", "Rekenen"), ("4712", "Rekenen M7", "3.0", "Rekenen")]
    rows.append(("4800", "Spelling", "", ""))
    path = sheet(tmp_path / "lijst.xlsx", head or ("toetscode", "naam", "versie", "leergebied"), *rows)
    return drop(caller, ("lijst.xlsx", path.read_bytes()), to="tests")


def test_one_click_decides_for_all_and_is_undone(asked: Caller, tmp_path: Path) -> None:
    assert set(questions(page(asked))) == {text for text in questions(page(asked)) if "M6" in text}
    assert "3 toetsen met een code" in listed(asked, tmp_path).words
    said = page(asked)
    offered = [unescape(text) for text in re.findall(r'name="becomes" value="([^"]*)"', said.text)]
    assert offered[:2] == ["4711", "4712"] and "3 keer" in said.words
    asked.post(url(asked) + "/decide/sign", who="W. Beheerder", why="toetscodelijst 2026")
    after = asked.post(url(asked) + "/decide/answer", question=about(said, NAMES[0]), becomes="4711")
    assert "Besloten, voor alle scholen (3 keer" in after.words and len(questions(after)) == 1
    [row] = [one.row for one in read_decisions([home(asked) / "beslissingen.yaml"]).all]
    assert (row.becomes, row.who, row.why) == ("4711", "W. Beheerder", "toetscodelijst 2026")
    assert f"W. Beheerder, {date(run_date(None).isoformat(), 'nl')}: toetscodelijst 2026" in after.words
    asked.post(url(asked) + "/run")
    assert "Klaar met omzetten" in ran(asked).words
    undone = asked.post(url(asked) + "/decide/undo", **undo_fields(page(asked)))
    assert len(questions(undone)) == 2 and "1 besluit ongedaan gemaakt" in undone.words
    assert read_decisions([home(asked) / "beslissingen.yaml"]).all == ()
    assert [one.row.becomes for one in read_withdrawn(home(asked) / "beslissingen.yaml")] == ["4711"]


def test_all_that_the_list_names_exactly_so_are_taken_at_once(asked: Caller, tmp_path: Path) -> None:
    listed(asked, tmp_path)
    assert "1 toets die precies zo in uw lijst staat" in page(asked).words
    said = asked.post(url(asked) + "/decide/equal")
    assert list(questions(said)) == [text for text in questions(said) if "Spelling" in text]


def test_a_list_with_other_headings_is_told_once(asked: Caller, tmp_path: Path) -> None:
    said = listed(asked, tmp_path, "ID", "Titel", "Norm", "Vak")
    assert "Kolom met de code" in said.words
    wrong = asked.post(url(asked) + "/decide/columns", code="id", name="id")
    assert wrong.status == 409
    said = asked.post(url(asked) + "/decide/columns", code="id", name="titel", version="norm", area="vak")
    assert "3 toetsen met een code" in said.words
    assert "Kolom met de code" not in listed(asked, tmp_path, "ID", "Titel", "Norm", "Vak").words
    assert "Kolom met de code" not in listed(asked, tmp_path).words  # and headings that say it themselves still do
    drop(asked, ("geen.xlsx", b"geen werkblad"), to="tests")
    assert 'class="wrong"' in page(asked).text


def test_a_code_is_typed_or_left_behind(asked: Caller) -> None:
    said = page(asked)
    answer = url(asked) + "/decide/answer"
    assert asked.post(answer, question=about(said, NAMES[0]), code="  ").status == 409
    assert asked.post(answer, question=about(said, NAMES[0]), code="x" * 201).status == 409
    assert asked.post(answer, question=about(said, NAMES[0]), code=bsn(1)).status == 409  # a BSN is no code
    assert asked.send(answer, question="0" * 16, code="1").status == 404
    asked.post(answer, question=about(said, NAMES[0]), code="4711")
    done = asked.post(answer, question=about(said, NAMES[1]), leave="1")
    assert questions(done) == {} and "blijft achter" in done.words
    rows = {one.row.said: one.row.becomes for one in read_decisions([home(asked) / "beslissingen.yaml"]).all}
    assert sorted(map(str, rows.values())) == ["4711", "None"]


def test_two_tabs_and_two_people_do_not_overwrite_each_other(asked: Caller) -> None:
    said = page(asked)
    answer, id_ = url(asked) + "/decide/answer", about(said, NAMES[0])
    asked.post(answer, question=id_, code="4711")
    assert asked.post(answer, question=id_, code="4711").status == 200  # the same again
    other = asked.post(answer, question=id_, code="4712")  # the other tab still showed the question
    assert other.status == 409 and "intussen anders besloten" in other.words
    [row] = [one.row for one in read_decisions([home(asked) / "beslissingen.yaml"]).all]
    assert row.becomes == "4711"
    fields = undo_fields(page(asked))
    assert asked.post(url(asked) + "/decide/undo", **(fields | {"was": "4712"})).status == 409
    assert asked.post(url(asked) + "/decide/undo", **fields).status == 200
    assert asked.send(url(asked) + "/decide/undo", **fields).status == 404


def test_decisions_that_contradict_each_other_are_told_and_nothing_is_overwritten(asked: Caller) -> None:
    path = home(asked) / "beslissingen.yaml"
    made = {"name": NAMES[0], "version": "3.0", "area": "Rekenen", "who": "A", "when": "2026-01-01", "why": "x"}
    write_decisions(path, [DecidedTest(becomes=code, **made) for code in ("1", "2")], None)
    before = path.read_bytes()
    said = page(asked)
    assert "beslissingen.yaml klopt niet" in said.words.replace("Het bestand met besluiten", "beslissingen.yaml")
    assert "beslissingen.yaml:" in said.words and 'name="becomes"' not in said.text
    assert path.read_bytes() == before


def test_a_decision_against_the_layout_is_told_after_the_run(asked: Caller) -> None:
    row = DecidedValue(
        profile="dod-referentie", field="leerling.geslacht", value="M", becomes="vrouw", who="A", when="2026-01-01",
        why="x",
    )  # fmt: skip
    write_decisions(home(asked) / "beslissingen.yaml", [row], None)
    drop(asked, ("m.xml", reference(pupil(9).replace("<Geslacht>V<", "<Geslacht>M<")).encode()))
    asked.post(url(asked) + "/run")
    assert "Klaar met omzetten" in ran(asked).words
    assert "De indeling zegt bij" in page(asked).words


def test_pupils_in_several_exports_are_decided_on_one_by_one_or_by_export(fresh: Caller) -> None:
    drop(fresh, ("a.xml", reference(pupil(1), pupil(2)).encode()))
    other = SCHOOL.replace("99xx", "99xy")  # another school; a newer delivery of the same one would take its place
    drop(fresh, ("b.xml", reference(pupil(1), pupil(2), pupil(3), school=other).encode()))
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words
    said = page(fresh)
    ids = re.findall(r'name="double" value="([0-9a-f]{16})"', said.text)
    assert len(ids) == 2
    exports = re.findall(r'name="uses" value="([^"]+)"', said.text)
    assert fresh.post(url(fresh) + "/decide/double", double=ids[0], uses="weg.xml").status == 409
    fresh.post(url(fresh) + "/decide/double", double=ids[0], uses=exports[-1])
    out = home(fresh) / "dod2oso-out/POVO"
    assert len(read_doubles(out).rows) == 1
    [(id_, was)] = re.findall(r'name="double" value="([0-9a-f]{16})"><input type="hidden" name="was" value="([^"]+)"',
                              page(fresh).text)  # fmt: skip
    fresh.post(url(fresh) + "/decide/double/undo", double=id_, was=was)
    assert read_doubles(out).rows == ()
    fresh.post(url(fresh) + "/decide/double", double=ids[0], joins=exports[-1])
    assert [(row.uses, row.together) for row in read_doubles(out).rows] == [(exports[-1], True)]
    assert f"{exports[-1]}, aangevuld uit de andere" in page(fresh).words
    fresh.post(url(fresh) + "/decide/double/undo", double=id_, was=exports[-1])
    fresh.post(url(fresh) + "/decide/double", all="1", uses=exports[-1])
    assert len(read_doubles(out).rows) == 2 and re.findall(r'name="double"', page(fresh).text)


def test_nothing_on_the_page_is_of_a_pupil(asked: Caller) -> None:
    surname = re.search(r"<Achternaam>([^<]+)<", pupil(7))[1]  # type: ignore[index]
    one = re.sub(r"<Geslacht>[^<]*<", f"<Geslacht>{surname}<", pupil(7))  # in a column that holds codes
    values = {text for text in re.findall(r">([^<>\s][^<>]*)<", one) if len(text) > 3}
    assert surname in values
    drop(asked, ("b.xml", reference(one).encode()))
    said = page(asked)
    assert "vorm" in said.words or "Aaaa" in said.words  # it is told, by its shape
    assert not [text for text in values if text in said.text and text not in ("Rekenen",)]


def test_who_sees_one_school_decides_nothing(asked: Caller, tmp_path: Path) -> None:
    project = home(asked)
    with running(tmp_path, project, school="99XX") as caller:
        caller.enter()
        at = f"/p/{next(iter(caller.server.desk._known))}/POVO/decide"
        assert caller.get(at).status == 404 and caller.send(f"{at}/answer", question="x").status == 404
