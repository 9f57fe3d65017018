"""Every school has a row at every date; the newest good delivery counts, by its rule, and what it replaces is told."""

from collections import Counter

from tests.project.region import (
    BROKEN,
    PUPILS,
    SCHOOLS,
    SILENT,
    TWICE,
    WRONG_FOLDER,
    Region,
    key,
    name,
    part_of,
    stands,
)


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
    first, second = region.results
    assert len(first.unreadable) == len(BROKEN) and second.unreadable == []
    for number in BROKEN:
        part = part_of(region.reports[1], number)
        assert part["stand"] == "waiting" and part["unread"] == []
    statuses = Counter(export["status"] for export in region.reports[1]["exports"])
    assert statuses["superseded"] == len(BROKEN) and "unreadable" not in statuses


def test_a_delivery_anew_takes_the_place_of_the_older_and_tells_who_is_gone(region: Region) -> None:
    before, after = (part_of(report, TWICE) for report in region.reports[:2])
    assert before["dossiers"]["held"] == PUPILS and before["replaced"] == 0
    assert after["dossiers"]["held"] == 1 and after["replaced"] == PUPILS and len(after["files"]) == 1
    assert after["files"] != before["files"]
    found = {finding["key"]["code"]: finding for finding in region.reports[1]["findings"]}
    assert found["leerling-verdwenen"]["count"] == PUPILS - 1
    assert found["levering-vervangen"]["count"] == 1 + len(BROKEN)
    assert "leerling-dubbel" not in found


def test_the_wrong_folder_is_told_until_it_is_right(region: Region) -> None:
    first, second = region.reports[:2]
    for report in (first, second):  # its pupils count for their own school either way
        assert part_of(report, WRONG_FOLDER)["dossiers"]["held"] == PUPILS
        assert part_of(report, WRONG_FOLDER - 1)["dossiers"]["held"] == PUPILS
    codes = [[finding["key"]["code"] for finding in report["findings"]] for report in (first, second)]
    assert "levering-andere-school" in codes[0] and "levering-andere-school" not in codes[1]
