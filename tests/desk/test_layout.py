"""A layout that nobody knows: the draft as a table, choices that are never lost, a profile that the next run uses."""

import re
from html import unescape
from pathlib import Path

import pytest

from dod2oso.discover.propose.chosen import fields_by_name, with_choices
from dod2oso.discover.propose.lookup import look_up
from dod2oso.source.own_profiles import FOLDER
from dod2oso.source.profile import load_profile
from tests.corpus.kit import bsn
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import drop, home, ran, seen, until, url
from tests.discover.test_walkthrough import attributes, flat


def page(caller: Caller, path: str) -> Said:
    """The page, as soon as the file was looked at."""
    return until(lambda: caller.get(path), lambda said: "Het bestand wordt bekeken" not in said.words)


def tried(caller: Caller, path: str) -> Said:
    """The page with what a trial gave."""
    return until(lambda: caller.get(path), lambda said: 'http-equiv="refresh"' not in said.text)


def start(caller: Caller, file: Path) -> str:
    """Where the page of an unknown file is; the page of files leads there."""
    drop(caller, (file.name, file.read_bytes()))
    said = seen(caller)
    return re.findall(rf'href="({url(caller)}/layout/[^"]+)"', said.text)[-1]


@pytest.fixture(name="at")
def _at(fresh: Caller, tmp_path: Path) -> str:
    return start(fresh, flat(tmp_path))


def rows(said: Said) -> dict[str, str]:
    """The places -> their page."""
    return {
        unescape(name): to
        for to, name in re.findall(r'<th scope="row"><a href="([^"]+/row/[0-9a-f]+)">([^<]+)<', said.text)
    }


def fields(said: Said) -> dict[str, str]:
    """What stood on the form of a place."""
    return {unescape(n): unescape(v) for n, v in re.findall(r'name="(w:[^"]+)" value="([^"]*)"', said.text)}


def choose(caller: Caller, at: str, place: str, **chosen: str) -> Said:
    to = rows(page(caller, at))[place]
    given = {f"v:{key}": text for key, text in chosen.items() if key != "reason"}
    more = {"reason": chosen["reason"]} if "reason" in chosen else {}
    return caller.post(to, **fields(page(caller, to)), **given, **more)


def offered(said: Said) -> list[str]:
    return [unescape(one) for one in re.findall(r'name="v:field" value="([^"]+)"', said.text)]


def test_the_draft_stands_as_a_table_with_why_and_without_values(fresh: Caller, at: str, tmp_path: Path) -> None:
    said = tried(fresh, at)
    assert len(rows(said)) == 15
    assert (
        "zeker 99 %" in said.words
        and "de naam zegt het" in said.words
        and "20 leerlingen worden zo gelezen" in said.words
    )
    cells = {cell for line in (tmp_path / "leerl.csv").read_text().splitlines()[1:] for cell in line.split(";")}
    personal = {cell for cell in cells if len(cell) > 3} - {"99XX00"}  # also the example of a rule
    pages = [said, tried(fresh, f"{at}/preview"), *(page(fresh, to) for to in rows(said).values())]
    for one in pages:
        assert one.status == 200 and not [cell for cell in personal if cell in one.text]
        assert "<script>" not in one.text and " style=" not in one.text


def test_from_an_unknown_file_to_dossiers(fresh: Caller, at: str) -> None:
    choose(fresh, at, "BrinVest", notation="brin-vestiging")
    choose(fresh, at, "Adres", notation="straat-nummer")
    choose(fresh, at, "PC_plaats", field="leerling.adressen[].postcode")
    choose(fresh, at, "PC_plaats", notation="postcode-plaats")
    choose(fresh, at, "Zwem", field="!", reason="geen-plaats")
    choose(fresh, at, "Lft_gr", field="leerling.jaargroep")
    said = tried(fresh, at)
    assert "Van allemaal is alles te begrijpen" in said.words and "Van elke plaats is gezegd" in said.words
    fresh.post(at, **fields(said), **{"v:name": "pakket-a", "v:describes": "leerlingen van pakket A"})
    saved = fresh.post(f"{at}/save")
    assert "profielen/pakket-a.yaml" in saved.words
    profile = load_profile(home(fresh) / FOLDER / "pakket-a.yaml")
    assert profile.model.certainty == "own" and profile.model.describes == "leerlingen van pakket A"
    assert "20 leerlingen, indeling pakket-a, school 99XX Indeling bekijken" in seen(fresh).words
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words and "niet te lezen" not in ran(fresh).words
    assert "99XX" in fresh.get(url(fresh) + "/schools").words
    assert "is bewaard als pakket-a" in page(fresh, at).words  # and can be changed again
    choose(fresh, at, "Zwem", field="!", reason="techniek")
    assert "profielen/pakket-a.yaml" in fresh.post(f"{at}/save").words


def test_a_search_finds_fields_that_can_be_read_here(fresh: Caller, at: str) -> None:
    to = rows(page(fresh, at))["Vader_naam"]
    said = page(fresh, f"{to}?q=voornaam")
    assert "leerling.voornamen" in offered(said)
    assert [one for one in offered(said) if one.startswith("verzorgers[]") and "@" in one]
    assert "Niets gevonden" in page(fresh, f"{to}?q=qqxxqq").words
    assert "<script>" not in page(fresh, f"{to}?q=%3Cscript%3E").text
    assert look_up("  ") == [] and look_up("gebdat")[0].name == "leerling.geboortedatum"


def test_a_field_that_is_taken_or_cannot_be_here_is_told_at_its_place(fresh: Caller, at: str) -> None:
    said = choose(fresh, at, "Zwem", field="leerling.roepnaam")
    assert "wordt al gelezen uit Roepn" in said.words
    assert 'class="attend"' in page(fresh, at).text
    assert fresh.send(rows(page(fresh, at))["Zwem"], **{"v:field": "leerling.nergens"}).status == 404
    assert choose(fresh, at, "Zwem", field="!", reason="zomaar").status == 409
    choose(fresh, at, "Roepn", field="leerling.voornamen")
    assert "wordt al gelezen" not in page(fresh, at).words


def test_two_tabs_do_not_overwrite_each_other_and_nothing_is_lost(fresh: Caller, at: str) -> None:
    to = rows(page(fresh, at))["Zwem"]
    before = fields(page(fresh, to))
    fresh.post(to, **before, **{"v:field": "leerling.leerlingid2" if False else "!", "reason": "techniek"})
    said = fresh.post(to, **before, **{"v:field": "-"})  # the other tab still shows what stood there
    assert said.status == 409 and "koos hier intussen iets anders" in said.words
    assert fresh.post(to, **fields(said), **{"v:field": "-"}).status == 200
    assert fields(page(fresh, to))["w:field"] == "-"
    choices = next((home(fresh) / FOLDER).glob("voorstel-*.json"))
    choices.write_text("{")
    told = fresh.get(at)
    assert told.status == 409 and choices.name in told.words and choices.read_text() == "{"


def test_codes_and_dates_that_can_be_read_in_opposite_ways_are_chosen(fresh: Caller, tmp_path: Path) -> None:
    lines = ["Achternaam;Geboortedatum;Geslacht;BSN;Stamnr"]
    lines += [f"Proef{n};0{n % 9 + 1}/0{n % 7 + 1}/2012;{n % 2 + 1};{bsn(n)};{n + 4000}" for n in range(24)]
    (tmp_path / "klas.csv").write_text("\n".join(lines))
    at = start(fresh, tmp_path / "klas.csv")
    said = page(fresh, at)
    assert "Bij 2 plaatsen moet u kiezen" in said.words
    to = rows(said)["Geslacht"]
    assert "kan op meer dan een manier gelezen worden" in page(fresh, to).words
    assert "1 = man" in page(fresh, to).words and "1 = vrouw" in page(fresh, to).words
    choose(fresh, at, "Geslacht", notation="geslacht-edex")
    choose(fresh, at, "Geboortedatum", notation="mm/dd/jjjj")
    text = page(fresh, f"{at}/preview").words
    assert "{at: Geslacht, codes: geslacht-edex}" in text and "dates: mm/dd/jjjj" in text
    choose(fresh, at, "Geslacht", **{"code:1": "vrouw", "code:2": "man", "notation": ""})
    assert '"1": vrouw, "2": man' in page(fresh, f"{at}/preview").words


def test_a_group_becomes_another_and_gets_what_no_place_says(fresh: Caller, tmp_path: Path) -> None:
    at = start(fresh, attributes(tmp_path))
    said = page(fresh, at)
    assert "leerling.adressen" in said.words and "toetsen" in said.words
    group = next(unescape(one) for one in re.findall(r'name="group" value="([^"]+)"', said.text) if "Woont" in one)
    fresh.post(
        f"{at}/group",
        group=group,
        **{"w:section": "", "v:section": "", "w:constant:soort": "", "v:constant:soort": "woon"},
    )
    assert "constants: {soort: woon}" in page(fresh, f"{at}/preview").words
    group = next(unescape(one) for one in re.findall(r'name="group" value="([^"]+)"', said.text) if "Uitslag" in one)
    changed = fresh.post(f"{at}/group", group=group, **{"w:section": "", "v:section": "eindtoetsen[]"})
    assert "eindtoetsen[]." in changed.text and rows(changed).keys() == rows(said).keys()
    fresh.post(f"{at}/group", group=group, **{"w:section": "eindtoetsen[]", "v:section": "-"})
    assert rows(page(fresh, at)).keys() == rows(said).keys()
    assert fresh.send(f"{at}/group", group=group, **{"v:section": "leerling.bestaatniet[]"}).status == 404
    assert fresh.send(f"{at}/group", group="record/nergens", **{"v:section": "-"}).status == 404


def test_a_profile_is_saved_under_a_good_name_and_never_over_work_by_hand(fresh: Caller, at: str) -> None:
    for name in ("../weg", "Met Spatie", "-x", "x" * 61):
        fresh.post(at, **fields(page(fresh, at)), **{"v:name": name})
        assert fresh.post(f"{at}/save").status == 409
    said = page(fresh, at)
    assert fresh.post(at, **fields(said), **{"v:name": "goed", "v:constant:school.brin": "9XX"}).status == 409
    fresh.post(at, **fields(said), **{"v:name": "goed"})
    fresh.post(f"{at}/save")
    path = home(fresh) / FOLDER / "goed.yaml"
    by_hand = path.read_text() + "# nagekeken\n"
    path.write_text(by_hand)
    choose(fresh, at, "Zwem", field="!", reason="techniek")
    assert fresh.post(f"{at}/save").status == 409 and path.read_text() == by_hand
    assert not list(home(fresh).parent.glob("weg*"))


def test_the_menu_says_where_one_is(fresh: Caller, at: str) -> None:
    [here] = re.findall(r'<a href="([^"]+)"[^>]*aria-current="page"', page(fresh, at).text)
    assert here == f"{url(fresh)}/deliveries"


def test_what_is_no_export_or_of_nobody_is_not_there(fresh: Caller, at: str, tmp_path: Path) -> None:
    for end in ("0" * 16 + "-0", "..-0", at.rpartition("/")[2].partition("-")[0] + "-x"):
        assert fresh.get(f"{url(fresh)}/layout/{end}").status == 404
    assert page(fresh, f"{at}/row/{'0' * 12}").status == 404
    drop(fresh, ("leeg.xml", b"<a><b>1</b></a>"))
    links = re.findall(rf'href="({url(fresh)}/layout/[^"]+)"', seen(fresh).text)
    told = [page(fresh, link) for link in links if link != at]
    assert told and all(one.status == 200 and 'role="alert"' in one.text for one in told)
    with running(tmp_path, home(fresh), school="99XX") as caller:
        caller.enter()
        path = at.replace(url(fresh), url(caller))
        assert caller.get(path).status == 404 and caller.send(f"{path}/save").status == 404


def test_without_choices_the_draft_is_what_it_was(tmp_path: Path) -> None:
    from dod2oso.desk.layouts import _draft
    from dod2oso.discover.propose.draft_text import draft_text

    for make in (flat, attributes):
        drafted = _draft(make(tmp_path), 0, (), lambda _done: None)
        assert drafted.draft is not None
        edited = with_choices(drafted.draft, {})
        assert draft_text(edited.draft, "x", "nl") == draft_text(drafted.draft, "x", "nl")
        surveyed = [values for _path, values, _n in drafted.draft.survey.root.values() if values.count]
        assert {id(row.leaf.values) for row in edited.rows} == set(map(id, surveyed))
        with_choices(drafted.draft, {row.place: {"field": "!techniek"} for row in edited.rows})
        assert draft_text(drafted.draft, "x", "nl") == draft_text(edited.draft, "x", "nl")
    assert set(fields_by_name()) >= {"leerling.bsn", "toetsen[].naam", "school.brin"}


def test_a_reload_or_a_change_after_a_restart_waits_for_the_look_and_loses_nothing(
    fresh: Caller, at: str, tmp_path: Path
) -> None:
    to = rows(page(fresh, at))["Zwem"]
    choose(fresh, at, "Zwem", field="!", reason="geen-plaats")
    with running(tmp_path / "again", home(fresh)) as again:  # has not looked at the file yet
        again.enter()
        said = again.get(to)
        assert said.status == 200 and "Deze pagina is er niet" not in said.title
        assert again.get(f"{at}/preview").status == 200
    with running(tmp_path / "third", home(fresh)) as third:
        third.enter()
        kept = third.send(to, **{"v:field": "!", "w:field": "!geen-plaats", "reason": "techniek"})
        assert kept.status == 303
        assert fields(page(third, to))["w:field"] == "!techniek"
