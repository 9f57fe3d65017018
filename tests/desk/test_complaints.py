"""What users of such tools complain about, and what goes wrong around a page: told, and nothing lost."""

import errno
import os
import signal
import time
from pathlib import Path

import pytest

from dod2oso.base import atrest
from dod2oso.base.atrest import atomic_write
from dod2oso.desk import receive
from dod2oso.desk.render import style_text
from dod2oso.project.filled import Filled
from dod2oso.project.init import make_project
from dod2oso.report.style import PLAIN
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import EXPORT, drop, home, seen, url
from tests.desk.test_fill import fields, fill, form, pupils
from tests.project.region import key

ODD = [
    "Régio ☃ noord",
    "a#b?c=d&e;f",
    "100% klaar %2e%2e",
    "'\"<b>x",
    " spatie vooraan",
    "{name}",
    os.fsdecode(b"half\xe9"),
]


@pytest.mark.parametrize("name", ODD)
def test_odd_signs_in_a_path_hide_no_page(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / name
    folder.parent.mkdir()
    make_project(folder, ["POVO"], name="Regio")
    with running(tmp_path, folder) as caller:
        caller.enter()
        drop(caller, ("a.xml", EXPORT))
        at = url(caller)
        for path in ("/", at.rpartition("/")[0], *(f"{at}/{part}" for part in PARTS)):
            said = caller.get(path)
            assert said.status == 200 and "<h1>" in said.text and "<b>x" not in said.text, path
        assert (folder / "exports/a.xml").is_file()


PARTS = ("deliveries", "decide", "run", "schools", "fill", "handover", "report")


def test_every_page_says_where_the_project_lies_and_which_browsers_work(caller: Caller, project: Path) -> None:
    for part in PARTS:
        said = caller.get(f"{url(caller)}/{part}")
        assert str(project) in said.words and "Firefox 85, Edge en Chrome 88, Safari 15.4" in said.words
    # a browser that knows what our style needs does not show it
    assert "@supports selector(:focus-visible) and selector(:is(a)) { .old { display: none; } }" in style_text(PLAIN)


def test_who_lost_the_window_is_told_how_to_go_on(caller: Caller) -> None:
    """The cookie went with the window, and the address in the history counts no more."""
    for path in ("/", caller.entrance.partition(caller.origin)[2]):
        said = caller.raw("GET", path, {"Host": caller.server.address})
        assert said.status == 403 and "Start dod2oso open dan opnieuw" in said.words and "bewaard" in said.words


def test_after_a_stop_all_that_was_typed_dropped_and_chosen_is_there(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project) as first:
        first.enter()
        path = pupils(first)[0]
        columns = fields(first.get(path))
        first.post(path, **form({"inzage/inzagedatum": "02-03-2025"}, columns))
        drop(first, ("later.xml", EXPORT))
    with running(tmp_path) as second:  # without a name: from the list of projects
        second.enter()
        assert "Regio Voorbeeld" in second.get("/").words
        assert second.post("/open", folder=str(project)).status == 200
        assert fields(second.get(path))["inzage/inzagedatum"] == "02-03-2025"
        assert "later.xml" in second.get(url(second) + "/deliveries").words


def test_a_terminal_that_is_shut_in_the_middle_of_a_run_leaves_all_usable(tmp_path: Path) -> None:
    from benchmarks.desk import Browser

    make_project(tmp_path / "regio", ["POVO"], name="Regio")
    (tmp_path / "regio/exports/a.xml").write_bytes(EXPORT)
    heard = signal.signal(
        signal.SIGHUP, signal.SIG_DFL
    )  # what runs under nohup, as these tests may, hears nothing of it
    try:
        browser = Browser(tmp_path / "regio", tmp_path / "state")
    finally:
        signal.signal(signal.SIGHUP, heard)
    at = f"{browser.project}/POVO"
    browser.post(f"{at}/run")
    browser.process.send_signal(signal.SIGHUP)  # what a terminal says when its window is closed
    browser.process.wait(120)
    again = Browser(tmp_path / "regio", tmp_path / "state")
    try:
        end = time.monotonic() + 240
        while "Klaar met omzetten" not in again.get(f"{at}/run"):
            if 'id="bezig"' not in again.get(f"{at}/run"):
                again.post(f"{at}/run")  # as long as the run before still stops, this says so
            time.sleep(0.2)
            assert time.monotonic() < end
        assert "99XX" in again.get(f"{at}/schools")
    finally:
        again.stop()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "mag niet worden geschreven"), (errno.ESTALE, "antwoordt niet"), (errno.EIO, "antwoordt niet"),
        (errno.ENOSPC, "schijf"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_written_is_told_and_what_stood_there_stays(
    number: int, said: str, caller: Caller, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A read-only folder, one on a network that went away, a disk that is broken or full."""
    path = pupils(caller)[0]
    columns = fields(caller.get(path))
    caller.post(path, **form({"inzage/inzagedatum": "02-03-2025"}, columns))
    stored = Filled(project / "aanvullingen", "POVO", *key(0), project / "dod2oso-out" / "POVO")
    before = stored.rows()

    def broken(*_any: object) -> None:
        raise OSError(number, "x")

    monkeypatch.setattr(atrest, "atomic_write", broken)
    answer = caller.post(path, **form({"inzage/inzagedatum": "03-03-2025"}, {"inzage/inzagedatum": "02-03-2025"}))
    assert answer.status in (409, 500) and said in answer.words and "Traceback" not in answer.text
    monkeypatch.setattr(atrest, "atomic_write", atomic_write)
    assert stored.rows() == before
    assert caller.get(path).status == 200  # and the work goes on


def test_a_file_over_the_limit_is_refused_while_it_comes_and_leaves_nothing(
    fresh: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "MAX_MEMBER_BYTES", 1000)
    said = drop(fresh, ("groot.xml", b"x" * 5000))
    assert said.status == 409 and "groter" in said.words
    assert not list((home(fresh) / "exports").iterdir()) and not (home(fresh) / receive.HALL).exists()
    assert drop(fresh, ("klein.xml", b"x" * 500)).status == 200


def test_what_was_sent_twice_by_back_and_reload_counts_once(fresh: Caller) -> None:
    """Every change leads on to a page, so a reload asks that page; a form that is sent again changes nothing more."""
    for _twice in range(2):
        drop(fresh, ("a.xml", EXPORT))
    assert len(list((home(fresh) / "exports").iterdir())) == 1
    assert fresh.send(f"{url(fresh)}/run").status == 303
    assert fresh.send(f"{url(fresh)}/run").status == 303  # the run that goes on is the only one
    assert len(fresh.server.desk.works) == 1
    for work in fresh.server.desk.works.values():
        work.wait(120)
    assert seen(fresh).status == 200


def test_two_people_change_one_field_and_one_is_told(project: Path, tmp_path: Path) -> None:
    """Two servers on one project, as two people on one network folder."""
    with running(tmp_path / "one", project) as one, running(tmp_path / "two", project) as two:
        one.enter()
        two.enter()
        path = pupils(one)[0]
        was = fields(one.get(path))
        assert one.post(path, **form({"inzage/inzagedatum": "02-03-2025"}, was)).status == 200
        said = two.post(path, **form({"inzage/inzagedatum": "05-03-2025"}, was))
        assert said.status == 409 and "schreef intussen iemand anders" in said.words and "02-03-2025" in said.words
        assert fields(one.get(path))["inzage/inzagedatum"] == "02-03-2025"


def test_ids_of_another_project_or_school_lead_nowhere(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project) as caller:
        caller.enter()
        make_project(tmp_path / "ander", ["POVO"], name="Ander")
        name = caller.server.desk.know(tmp_path / "ander")
        caller.server.desk._known.pop(name)  # how it would be called, had it been opened here
        for part in ("", "/POVO/schools", "/POVO/fill", "/POVO/deliveries"):
            assert caller.get(f"/p/{name}{part}").status == 404
        mine, theirs = fill(caller, 0), fill(caller, 1)
        pupil = pupils(caller, 0)[0].rpartition("/")[2]
        asked: list[Said] = [caller.get(f"{theirs}/{pupil}"), caller.send(f"{theirs}/{pupil}", **{"v:x": "1"})]
        asked += [caller.send(f"{mine}/{'0' * 16}/field", column="inzage/inzagedatum", value="x", was="")]
        assert [said.status for said in asked] == [404, 404, 404]
