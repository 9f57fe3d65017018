"""What the next pages ask is read before anybody asks, and again once a ledger changed."""

import re
from pathlib import Path

from tests.desk.kit import Caller, running
from tests.desk.test_deliveries import until
from tests.project.region import key
from tests.supplement.kit import fill


def idle(caller: Caller) -> None:
    """Wait until nothing goes on beside the pages: what is asked last is done last."""
    desk = caller.server.desk
    for number in range(3):  # what was begun may ask for more, and that too
        until_done = lambda number=number: desk.beside.of(("end", number), None, lambda: True)  # noqa: E731
        while not until_done():
            pass


def test_who_opens_a_project_finds_its_files_and_workbooks_read(project: Path, tmp_path: Path) -> None:
    brin, vestiging = key(0)
    book = project / "dod2oso-out/POVO/report/aanvulling.xlsx"
    assert fill(book, project / "aanvullingen/terug.xlsx", lambda _column, _n: "ja", lambda keys: keys["brin"] == brin)
    with running(tmp_path, project) as caller:
        caller.enter()
        idle(caller)
        at = f"/p/{next(iter(caller.server.desk._known))}/POVO"
        files = caller.get(f"{at}/deliveries")
        assert "data-again" not in files.text and len(re.findall("leerlingen, indeling", files.words)) == 2
        school = caller.get(f"{at}/schools/{brin}-{vestiging}")
        assert "data-again" not in school.text and "3 rijen ingevuld" in school.words


def test_what_is_wrong_stops_no_page(project: Path, tmp_path: Path) -> None:
    (project / "aanvullingen/kapot.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with running(tmp_path, project) as caller:
        caller.enter()
        idle(caller)
        at = f"/p/{next(iter(caller.server.desk._known))}/POVO"
        page = until(lambda: caller.get(f"{at}/deliveries"), lambda said: "data-again" not in said.text)
        assert "kapot.xlsx" in page.words and page.status == 200
