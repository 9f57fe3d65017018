"""A region on four dates: every school's row, the newest good delivery, the workbooks that came back, who is ready."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.project.region import (
    BROKEN,
    BY_HAND,
    DATES,
    DEADLINE,
    ELSEWHERE,
    LATE,
    OLDER,
    PUPILS,
    SCHOOLS,
    SILENT,
    TWICE,
    TWO_PEOPLE,
    WRONG_FOLDER,
    WRONG_VALUE,
    Region,
    key,
    name,
    part_of,
    row_of,
    stands,
)


@pytest.mark.parametrize("date", range(len(DATES)))
def test_every_schools_row_is_right_on_each_date(region: Region, date: int) -> None:
    wanted = region.rows[date]
    assert {number: row_of(region.reports[date], number) for number in range(SCHOOLS)} == wanted
    plan = region.plans[date]
    found = {(each["brin"], each["vestiging"]): (each["stand"], each["open"]) for each in plan["schools"]}
    assert found == {key(number): (row.stand, max(PUPILS, row.came) - row.ready) for number, row in wanted.items()}
    assert plan["today"] == DATES[date].isoformat() and plan["deadline"] == DEADLINE.isoformat()
    assert [point["day"] for point in plan["line"]] == [day.isoformat() for day in DATES[: date + 1]]
    assert plan["line"][-1]["open"] == plan["open"] == sum(open_ for _stand, open_ in found.values())


def test_the_pace_of_four_dates_gives_a_forecast(region: Region) -> None:
    assert [plan["forecast"] is None for plan in region.plans] == [True, True, False, False]
    found = region.plans[-1]["forecast"]
    done = SCHOOLS * PUPILS - region.plans[-1]["open"]  # in all days since the first
    left = -(-region.plans[-1]["open"] * (DATES[-1] - DATES[0]).days // done)
    assert found["day"] == (DATES[-1] + timedelta(days=left)).isoformat()


def test_exactly_the_pupils_that_were_filled_in_are_ready_and_staged(region: Region) -> None:
    first, second, third, last = region.ready
    assert not first and not second and third < last == region.filled
    assert len(last) == sum(row.ready for row in region.rows[-1].values()) > 100
    staged = {path.stem.split("-")[0].lower() for path in (region.out / "outbox").rglob("*.xml")}
    assert staged == last


def test_the_mistakes_in_what_came_back_are_told_and_stop_no_other_school(region: Region) -> None:
    third, last = region.backs[2:]
    newest = max(file.run for school in third.schools.values() for file in school.files)
    assert [problem.key for _name, problem in third.broken] == ["supplement-other-project"]
    assert not third.schools[key(ELSEWHERE)].files and not third.schools[key(LATE)].files
    for number in range(SCHOOLS):
        if number not in (*SILENT, ELSEWHERE, LATE):
            school = third.schools[key(number)]
            assert len(school.contradictions) == (number == TWO_PEOPLE)
            assert [file.run < newest for file in school.files] == [number == OLDER] * (1 + (number == TWO_PEOPLE))
            assert school.open == row_of(region.reports[2], number).came - row_of(region.reports[2], number).ready
    one, other = (third.schools[key(number)].files for number in BY_HAND)
    assert one[0].name == other[0].name and one[0].rows == other[0].rows == PUPILS
    codes = {finding["key"]["code"]: finding for finding in region.reports[2]["findings"]}
    told = {code: codes[code]["dossiers"] for code in ("aanvulling-waarde-onjuist", "aanvulling-dubbel")}
    assert told == {"aanvulling-waarde-onjuist": 1, "aanvulling-dubbel": 1} and "aanvulling-onleesbaar" in codes
    assert not last.broken and not any(school.contradictions for school in last.schools.values())
    assert not {*told, "aanvulling-onleesbaar"} & {each["key"]["code"] for each in region.reports[3]["findings"]}
    assert {number: row.ready for number, row in region.rows[2].items() if number in (TWO_PEOPLE, WRONG_VALUE)} == {
        TWO_PEOPLE: PUPILS - 1, WRONG_VALUE: PUPILS - 1,
    }  # fmt: skip


def test_every_school_has_a_row_with_its_name_on_the_first_date(region: Region) -> None:
    first = region.reports[0]
    found = stands(first)
    assert len(found) == SCHOOLS == len(first["schools"])
    assert {part["name"] for part in first["schools"]} == {name(number) for number in range(SCHOOLS)}
    assert Counter(found.values()) == {"nothing": len(SILENT), "unreadable": len(BROKEN), "waiting": 35}
    assert {found[key(number)] for number in SILENT} == {"nothing"}
    for number in BROKEN:
        part = part_of(first, number)
        assert part["stand"] == "unreadable" and part["unread"][0]["text"]  # with why
    whole = part_of(first, 0)
    assert whole["expected"] == PUPILS and whole["dossiers"]["held"] == PUPILS and len(whole["files"]) == 1
    assert whole["waits_for"][0]["who"]
    for part in first["schools"]:  # the most first, then by name: the same in every process
        waits = [(-each["dossiers"], each["who"]) for each in part["waits_for"]]
        assert waits == sorted(waits)


def test_a_mended_file_ends_the_complaint_about_the_broken_one(region: Region) -> None:
    first, second = region.results[:2]
    assert len(first.unreadable) == len(BROKEN) and second.unreadable == []
    over = [sum("de melding vervalt" in line for line in said) for said in (region.said[0], region.said[1])]
    assert over == [0, len(BROKEN)]  # each is told as broken when it is met, and that this is over
    for number in BROKEN:
        part = part_of(region.reports[1], number)
        assert part["stand"] == "waiting" and part["unread"] == []
    statuses = Counter(export["status"] for export in region.reports[1]["exports"])
    assert statuses["superseded"] == len(BROKEN) and "unreadable" not in statuses


def test_a_delivery_anew_takes_the_place_of_the_older_and_tells_who_is_gone(region: Region) -> None:
    before, after = (part_of(report, TWICE) for report in region.reports[:2])
    assert before["dossiers"]["held"] == PUPILS and before["replaced"] == 0
    assert after["dossiers"]["held"] == PUPILS - 1 and after["replaced"] == PUPILS and len(after["files"]) == 1
    assert after["files"] != before["files"]
    found = {finding["key"]["code"]: finding for finding in region.reports[1]["findings"]}
    assert found["leerling-verdwenen"]["count"] == 1
    assert found["levering-vervangen"]["count"] == 1 + len(BROKEN)
    assert "leerling-dubbel" not in found


def test_the_wrong_folder_is_told_until_it_is_right(region: Region) -> None:
    first, second = region.reports[:2]
    for report in (first, second):  # its pupils count for their own school either way
        assert part_of(report, WRONG_FOLDER)["dossiers"]["held"] == PUPILS
        assert part_of(report, WRONG_FOLDER - 1)["dossiers"]["held"] == PUPILS
    codes = [[finding["key"]["code"] for finding in report["findings"]] for report in (first, second)]
    assert "levering-andere-school" in codes[0] and "levering-andere-school" not in codes[1]
