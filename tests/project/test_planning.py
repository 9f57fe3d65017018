"""Time: the calendar of a school year, the pace and its forecast, an agenda that others can read, the reminders."""

import json
import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import runs
from dod2oso.project.calendar import entries, events
from dod2oso.project.ics import Day, calendar
from dod2oso.project.pace import Point, forecast, together
from tests.project.kit import SCHOOLS, Work

pytestmark = pytest.mark.usefixtures("without_report")

START = date(2027, 3, 1)


def line(*opens: int, every: int = 7) -> list[Point]:
    return [Point(START + timedelta(days=every * n), count) for n, count in enumerate(opens)]


def test_the_dates_of_a_school_year_in_their_order_and_one_of_ones_own() -> None:
    own = {"definitief-advies": date(2027, 3, 22)}
    found = {event.name: event for event in events("POVO", own, date(2026, 9, 1))}
    assert next(iter(found)) == "toets-bestellen" and found["toets-bestellen"].first == date(2026, 10, 1)
    assert (found["doorstroomtoets"].first, found["doorstroomtoets"].last) == (date(2027, 2, 1), date(2027, 2, 12))
    assert found["doorstroomtoets"].certainty == "I" and found["centrale-aanmelding"].first == date(2027, 3, 25)
    assert found["definitief-advies"].last == date(2027, 3, 22) and found["definitief-advies"].own
    assert events("POVO", {}, date(2027, 7, 31)) != events("POVO", {}, date(2027, 8, 1))
    assert events("POPO", {}, START) == [] and all(set(entry.what) == {"nl", "en"} for entry in entries().values())


def test_a_steady_pace_is_certain_and_an_uneven_one_says_how_little() -> None:
    steady = forecast(line(30, 20, 10))
    assert steady is not None and steady.day == steady.earliest == steady.latest == START + timedelta(days=21)
    uneven = forecast(line(30, 29, 10))
    assert uneven is not None and uneven.latest is not None and uneven.earliest < uneven.day < uneven.latest
    one_good_week = forecast(line(30, 30, 10))
    assert one_good_week is not None and one_good_week.latest is None


@pytest.mark.parametrize("opens", [(), (5,), (9, 5), (5, 5, 5), (3, 4, 5), (9, 4, 0)])
def test_no_forecast_without_a_ground_for_it(opens: tuple[int, ...]) -> None:
    assert forecast(line(*opens)) is None


@given(st.lists(st.integers(0, 500), max_size=12), st.integers(1, 40))
def test_a_forecast_lies_between_its_bounds_and_never_in_the_past(opens: list[int], every: int) -> None:
    found = forecast(line(*opens, every=every))
    if found is not None:
        assert line(*opens, every=every)[-1].day < found.day and found.earliest <= found.day
        assert found.latest is None or found.day <= found.latest


def test_all_schools_together_are_their_sum() -> None:
    assert together({("A", "00"): line(3, 2), ("B", "00"): line(5, 0)}) == line(8, 2)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_an_agenda_is_read_back_by_its_own_rules(title: str) -> None:
    data = calendar([Day(START, START + timedelta(days=4), title)], START)
    assert all(len(each) <= 75 for each in data.split(b"\r\n")) and data.endswith(b"END:VCALENDAR\r\n")
    unfolded = data.decode().replace("\r\n ", "")
    [summary] = [each.removeprefix("SUMMARY:") for each in unfolded.split("\r\n") if each.startswith("SUMMARY:")]
    assert re.sub(r"\\([\\;,])", r"\1", summary) == " ".join(title.split())
    assert "DTSTART;VALUE=DATE:20270301" in unfolded and "DTEND;VALUE=DATE:20270306" in unfolded


# --- the command ---


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1804766400")  # 11 March 2027
    work = Work(tmp_path, capsys, monkeypatch, "--deadline", "2027-03-24")
    (work.folder / "scholen.csv").write_text(
        SCHOOLS.replace(";verwacht", ";verwacht;contactmail").replace(";2\n", ";2;directie@school.example.org\n")
    )
    work.export("a.xml", 1, 2)
    work.run()
    return work


def planned(work: Work) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(work.do("remind", "--show", "--json").out)
    return found


def test_only_schools_with_something_open_get_a_reminder_and_a_workbook_goes_along(work: Work) -> None:
    out = work.folder / "dod2oso-out/POVO"
    first = work.do("remind")
    assert first.code == 0 and "99XX-00: geen herinnering" in first.err and "--per-school" in first.err
    work.do("report", "--per-school")
    ended = work.do("remind")
    assert "uiterlijk 24-03-2027, nog 13 dagen" in ended.out and "de school levert een export" in ended.out
    drafts = sorted(out.glob("scholen/*/herinnering-2027-W10.eml"))
    assert [path.parent.name[:7] for path in drafts] == ["99XX-00", "99XY-00"]
    fill, deliver = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in drafts)
    assert fill["To"] == "directie@school.example.org" and len(list(fill.iter_attachments())) == 1
    assert deliver["To"] == "stil@example.org" and not list(deliver.iter_attachments())
    assert "Dit is een herinnering." in str(fill.get_body())
    agenda = (out / "planning.ics").read_bytes()
    assert b"20270324" in agenda and b"laatste dag" in agenda
    work.supplement("goed.csv", 1, 2)
    work.run()
    for path in drafts:
        path.unlink()
    work.do("remind")
    assert [path.parent.name[:7] for path in out.glob("scholen/*/*.eml") if "W10" in path.name] == ["99XY-00"]


def test_show_writes_nothing_and_json_has_every_school(work: Work) -> None:
    found = planned(work)
    assert found["deadline"] == "2027-03-24" and found["open"] == 5
    assert {school["brin"]: (school["stand"], school["open"]) for school in found["schools"]} == {
        "99XX": ("waiting", 2), "99XY": ("nothing", 3),
    }  # fmt: skip
    assert found["dates"][0]["name"] == "toets-bestellen"
    assert not list(work.folder.rglob("planning.ics")) and not list(work.folder.rglob("herinnering*"))


def test_the_pace_comes_from_the_runs_of_earlier_days(work: Work) -> None:
    work.supplement("een.csv", 1)
    work.run()
    work.supplement("twee.csv", 2)
    (work.folder / "scholen.csv").write_text(SCHOOLS.replace(";3\n", ";2\n"))
    work.run()
    with Ledger.open(work.folder / "dod2oso-out/POVO") as ledger, ledger.write() as connection:
        ids = connection.scalars(select(runs.c.id).order_by(runs.c.number)).all()
        for number, id_ in enumerate(ids):
            started = f"2027-03-{1 + number:02}T12:00:00+00:00"
            connection.execute(update(runs).where(runs.c.id == id_).values(started=started))
    found = planned(work)
    assert [point["open"] for point in found["line"]] == [4, 3, 2]
    assert found["forecast"] == {"day": "2027-03-05", "earliest": "2027-03-05", "latest": "2027-03-05"}
    text = work.do("remind", "--show").out
    assert "met dit tempo klaar op 05-03-2027" in text and "op tijd" in text


def test_after_the_last_day_the_mail_says_so(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1806000000")  # 25 March 2027
    ended = work.do("remind")
    assert "de laatste dag was 24-03-2027, 1 dag geleden" in ended.out
    [text] = work.folder.rglob("herinnering-*.txt")
    said = text.read_text("utf-8-sig")
    assert "24 maart 2027, is voorbij" in said and "zo snel als u kunt" in said


def test_a_date_that_is_not_in_the_calendar_is_refused(work: Work) -> None:
    settings = work.folder / "dod2oso.toml"
    settings.write_bytes(settings.read_bytes() + b"\r\n[transfer.POVO.calendar]\r\nadvies = 2027-03-24\r\n")
    ended = work.do("remind")
    assert ended.code == 5 and "definitief-advies" in ended.err


def test_outside_a_project_it_says_so(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert work.do("remind").code == 2
