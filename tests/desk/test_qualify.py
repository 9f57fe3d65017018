"""Rehearsing the qualification on the pages: kits, a run against our own source, an address, questions, the report."""

import json
from pathlib import Path

import pytest

from dod2oso.desk import working
from dod2oso.desk.qualifying import Rehearse, qualify_job
from dod2oso.qualify.answers import INPUTS, read_answers, read_inputs
from dod2oso.qualify.kept import FOLDER, RESULT
from dod2oso.qualify.kit import kits
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import home, until

KIT = "bron-18"


def at(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}/POVO/qualify"


def ended(caller: Caller, kit: str = KIT) -> Said:
    return until(lambda: caller.get(f"{at(caller)}/{kit}"), lambda said: 'id="bezig"' not in said.text)


def test_every_kit_is_listed_and_has_its_page(fresh: Caller) -> None:
    said = fresh.get(at(fresh))
    for kit in kits():
        assert f'href="{at(fresh)}/{kit.name}"' in said.text
        page = fresh.get(f"{at(fresh)}/{kit.name}")
        assert page.status == 200 and all(f"s-{name}" in page.text for name in kit.scenarios)
    assert fresh.get(f"{at(fresh)}/bron-99").status == 404
    assert not (home(fresh) / FOLDER).exists()  # looking leaves nothing


def test_a_group_is_rehearsed_against_our_own_source_and_reported(fresh: Caller) -> None:
    here = f"{at(fresh)}/{KIT}"
    group = next(each for each in kits() if each.name == KIT).groups()[0]
    assert fresh.send(here, where="own", only=group).status == 303
    said = ended(fresh)
    assert "Hoe het ging" in said.words and "lukte niet" not in said.words
    data = json.loads(fresh.get(f"{here}/report/{RESULT}").body)
    chosen = next(each for each in kits() if each.name == KIT)
    assert data["kit"] == KIT and {chosen.scenarios[name].group for name in data["scenarios"]} == {group}
    assert all(one["as-expected"] and one["messages"] for one in data["scenarios"].values())
    shown = fresh.get(f"{here}/report/report.html")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox") and b"<h1" in shown.body
    assert fresh.get(f"{here}/report/answers.toml").status == 404
    assert "–" not in fresh.get(at(fresh)).text.partition(f"/{KIT}")[2].partition("</tr>")[0]


def test_an_address_is_checked_and_kept_with_the_numbers(fresh: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    here, started = f"{at(fresh)}/{KIT}", []
    monkeypatch.setattr(working.Work, "start", lambda _self, order, job: started.append((order.details, job)))
    for wrong in ("http://localhost:1/", "https://oso.example.org/", "geheim"):
        said = fresh.post(here, where="elsewhere", address=wrong)
        assert said.status == 409 and not started
    name = fresh.get(here).text.partition('name="p:')[2].partition('"')[0]
    good = {"where": "elsewhere", "address": "https://localhost:8443/"}
    assert fresh.post(here, **good, **{f"p:{name}": "12"}).status == 409
    assert fresh.post(here, **good, seconds="0").status == 409 and not started
    assert fresh.send(here, **good, seconds="12,5", **{f"p:{name}": "999990019"}).status == 303
    assert started == [(Rehearse(KIT, "source", started[0][0].names), qualify_job)]
    kept = read_inputs(home(fresh) / FOLDER / INPUTS)
    assert (kept.source, kept.seconds, kept.pupils[name]) == ("https://localhost:8443/", 12.5, "999990019")
    fresh.server.desk.works.clear()
    # the address of a source is none of a receiver
    assert "8443/" in fresh.get(here).text and 'value="https://localhost:8443/"' not in (
        fresh.get(f"{at(fresh)}/doel-17").text
    )


def test_a_question_is_answered_once_and_not_over_another(fresh: Caller) -> None:
    kit = next(each for each in kits() if each.name == "school-14")
    name = next(iter(kit.scenarios))
    here = f"{at(fresh)}/{kit.name}"
    assert "bewaard" in fresh.post(f"{here}/answer", scenario=name, answer="yes", was="", note="gezien").words
    told = read_answers(home(fresh) / FOLDER / "answers.toml")[name]
    assert (told.answer, told.note) == ("yes", "gezien") and told.by and told.at
    said = fresh.post(f"{here}/answer", scenario=name, answer="no", was="")  # an old page
    assert said.status == 409 and "iemand anders" in said.words
    assert read_answers(home(fresh) / FOLDER / "answers.toml")[name].answer == "yes"
    assert fresh.send(f"{here}/answer", scenario=name, answer="misschien", was="yes").status == 404
    assert fresh.send(f"{here}/answer", scenario="nergens", answer="yes").status == 404


def test_who_sees_one_school_rehearses_nothing(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project, school="99XA") as caller:
        caller.enter()
        assert caller.get(at(caller)).status == 404
