"""Several boards, one region: sums that keep what is hidden hidden, and everything that cannot be joined refused."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from python_calamine import CalamineWorkbook

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.texts import Sentences
from dod2oso.findings.model import Finding
from dod2oso.ledger.store import Ledger
from dod2oso.report.merge import Total, as_json, merge, total
from dod2oso.report.merged import write_region
from dod2oso.report.style import HouseStyle
from dod2oso.report.write import write
from tests.cli.kit import dod2oso
from tests.ledger.kit import CONSENT, begin, convert, outcome
from tests.refusals import refused

DOUBLE = Finding("leerling-dubbel")


@pytest.fixture(name="boards", scope="module")
def _boards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What boards sent, and one that sent too much: `noord` (20 and 6 pupils), `zuid` (9 and 2), `bloot` (noord, open).

    Of the second school of zuid everything is hidden, and so is what that leaves of its totals.
    """
    sent = {}
    for name, schools in {"noord": {"99AA": (17, 3), "99AB": (6, 0)}, "zuid": {"99BA": (9, 0), "99BB": (0, 2)}}.items():
        out = tmp_path_factory.mktemp(name)
        with Ledger.open(out) as ledger:
            run = begin(ledger)
            for brin, (ready, held) in schools.items():
                made = [outcome(n, brin=brin) for n in range(ready)]
                made += [outcome(n, "held", brin=brin, findings=[CONSENT]) for n in range(ready, ready + held)]
                convert(ledger, out, run, made, f"{brin}.xml", batch=30)
            ledger.finish_run(run, "done", 1.0)
            style = HouseStyle(organisation="Bestuur Noord") if name == "noord" else HouseStyle()
            [sent[name]] = write(ledger, run, out, ["json"], masked=True, style=style)
            if name == "noord":
                [sent["bloot"]] = write(ledger, run, out, ["json"])
    return sent


Change = Callable[..., Path]


@pytest.fixture(name="changed")
def _changed(boards: dict[str, Path], tmp_path: Path) -> Iterator[Change]:
    """A report that was sent, with something in it changed by who sent it."""
    made = 0

    def change(board: str, /, **values: Any) -> Path:
        nonlocal made
        made += 1
        data = json.loads(boards[board].read_bytes())
        for place, value in values.items():
            inside, *steps, last = [data, *place.split("__")]
            for step in steps:
                inside = inside[int(step) if step.isdigit() else step]
            inside[last] = value
        path = tmp_path / f"gewijzigd-{made}.json"
        path.write_text(json.dumps(data), "utf-8")
        return path

    yield change


def refused_for(*files: Path) -> list[str]:
    """The keys of everything for which these reports are refused."""
    with refused(ConfigurationError, "merge-refused") as raised:
        merge(files)
    problems = raised.value.message.values["problems"]
    assert isinstance(problems, Sentences)
    return [problem.key for problem in problems.parts]


def test_sums_are_exact_where_all_is_shown_and_a_least_where_something_is_hidden(boards: dict[str, Path]) -> None:
    region = merge([boards["noord"], boards["zuid"]])
    sent = [json.loads(boards[name].read_bytes()) for name in ("noord", "zuid")]
    for state, sum_ in (("ready", region.ready), ("held", region.held), ("rejected", region.rejected)):
        told = [report["dossiers"][state] for report in sent]
        assert sum_ == Total(sum(1 if n is None else n for n in told), None not in told)
    assert not region.held.exact  # three and two are hidden
    real = {"ready": 32, "held": 5, "rejected": 0}
    for state, n in real.items():
        found: Total = getattr(region, state)
        assert found.least == n if found.exact else 0 < found.least <= n
    assert total([5, None, None, 7]) == Total(14, False) and total([]) == Total(0, True)


def test_every_school_stands_there_with_its_board_and_the_day_of_its_run(boards: dict[str, Path]) -> None:
    region = merge([boards["noord"], boards["zuid"]])
    label = "/".join(boards["zuid"].with_suffix("").parts[-3:])  # as many folders as tell it from the other
    assert {school.part.brin: school.board for school in region.schools} == {
        "99AA": "Bestuur Noord", "99AB": "Bestuur Noord", "99BA": label,
        "99BB": label,
    }  # fmt: skip
    days = {json.loads(boards[name].read_bytes())["run"]["started"][:10] for name in ("noord", "zuid")}
    assert {board.day for board in region.boards} == days and region.first in days and region.last in days
    assert [board.schools for board in region.boards] == [2, 2]
    hidden = next(school.part for school in region.schools if school.part.brin == "99BB")
    assert hidden.dossiers.held is None
    assert sum(region.stands.values()) == 4


def test_the_files_say_the_same_and_hide_the_same(boards: dict[str, Path], tmp_path: Path) -> None:
    region = merge([boards["noord"], boards["zuid"]])
    paths = write_region(region, tmp_path / "uit")
    assert [path.name for path in paths] == ["regio-samen.html", "regio-samen.xlsx", "regio-samen.json"]
    page = html.fromstring(paths[0].read_bytes())
    data = json.loads(paths[2].read_bytes())
    assert data == json.loads(json.dumps(as_json(region)))
    book = CalamineWorkbook.from_path(str(paths[1]))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    schools = list(sheets.values())[-1]
    rows = page.xpath("//section[@id='schools']//tbody/tr")
    shown = [[str(cell.text_content()) for cell in row.xpath("th|td")] for row in rows]
    assert shown == [[str(int(cell) if isinstance(cell, float) else cell) for cell in row] for row in schools[1:]]
    assert {row[1]: row[7] for row in shown} == {
        school["brin"]: "*" if school["dossiers"]["held"] is None else str(school["dossiers"]["held"])
        for school in data["schools"]
    }
    assert "minstens" in page.xpath("string(//*[@id='n-held'])") and not data["dossiers"]["held"]["exact"]
    assert not page.xpath("//script|//@href[not(starts-with(., '#'))]|//@src")
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)


def test_what_may_not_leave_a_board_is_refused_with_how_to_hide_it(boards: dict[str, Path], changed: Change) -> None:
    assert refused_for(boards["bloot"], boards["zuid"]) == ["merge-unmasked"]
    with refused(ConfigurationError, "merge-refused") as raised:
        merge([boards["bloot"], boards["zuid"]])
    assert "--mask-small" in raised.value.text("nl") and "--mask-small" in raised.value.text("en")
    waiting = [{"dossier_id": "x"}]
    assert refused_for(changed("noord", waiting=waiting), boards["zuid"]) == ["merge-unmasked"]
    for place in ("dossiers__held", "schools__0__dossiers__ready", "schools__0__expected"):  # it says so, and is not
        assert refused_for(changed("noord", **{place: 3}), boards["zuid"]) == ["merge-unmasked"]


def test_everything_that_is_wrong_is_named_at_once(boards: dict[str, Path], changed: Change, tmp_path: Path) -> None:
    whole = tmp_path / "kapot.json"
    whole.write_bytes(boards["noord"].read_bytes()[:900])
    wrong = {
        whole: "merge-no-report",
        changed("noord", format=2): "merge-other-format",
        changed("noord", run__oso="2018.1"): "merge-other-run",
        changed("noord", run__overstap="VOVO"): "merge-other-run",
        tmp_path / "weg.json": "file-absent",
    }
    found = refused_for(boards["zuid"], *wrong)
    assert sorted(found) == sorted([*wrong.values(), "merge-twice"])  # the two of another run are one report
    later = tmp_path / "later.json"
    later.write_text(json.dumps({"format": 2, "anders": []}))
    assert refused_for(boards["zuid"], later) == ["merge-other-format"]


@pytest.mark.parametrize("data", [
    b"", b"[]", b"null", b"{" * 5000, b'{"format": 1}', b'{"format": NaN}', b"PK\x03\x04", b"\xff\xfe{}", b'"' * 50,
    b'{"format":1,"format":1' + b',"a":' * 3000, b'[' * 100_000,
])  # fmt: skip
def test_what_is_no_report_is_refused(boards: dict[str, Path], tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "raar.json"
    path.write_bytes(data)
    [key] = refused_for(boards["zuid"], path)
    assert key in ("merge-no-report", "merge-unmasked", "merge-other-format")


def test_the_same_report_twice_and_a_school_of_two_boards(
    boards: dict[str, Path], changed: Change, tmp_path: Path
) -> None:
    again = shutil.copy(boards["zuid"], tmp_path / "nogmaals.json")
    assert refused_for(boards["noord"], boards["zuid"], Path(again)) == ["merge-twice"]
    other = changed("zuid", run__id="een andere run", schools__0__brin="99AA", schools__0__vestiging="")
    with refused(ConfigurationError, "merge-refused") as raised:
        merge([boards["noord"], other])
    problems = raised.value.message.values["problems"]
    assert isinstance(problems, Sentences)
    [overlap] = problems.parts
    assert overlap.key == "merge-overlap" and overlap.values["schools"] == "99AA" and overlap.values["count"] == 1
    nobody = changed("zuid", run__id="nog een", schools__0__brin="", schools__0__vestiging="")
    merge([boards["zuid"], changed("noord", schools__0__brin="", schools__0__vestiging="")])
    assert refused_for(boards["zuid"], nobody) == ["merge-overlap"]  # of the school that both do name


def test_names_from_a_report_are_text_and_no_formula(boards: dict[str, Path], changed: Change, tmp_path: Path) -> None:
    evil = changed("zuid", organisation="=1+1<script>", schools__0__name="<b>@x</b>", schools__0__stand="zweeft")
    paths = write_region(merge([boards["noord"], evil]), tmp_path / "uit")
    page = html.fromstring(paths[0].read_bytes())
    assert not page.xpath("//script|//td/b|//th/b") and "zweeft" in page.text_content()
    book = CalamineWorkbook.from_path(str(paths[1]))
    cells = {str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row}
    assert "'=1+1<script>" in cells and "=1+1<script>" not in cells


def test_the_command(
    boards: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = dod2oso(capsys, monkeypatch, "report", "merge", boards["noord"], boards["zuid"])
    assert ended.code == 0 and ended.out.split() == [f"regio-samen.{form}" for form in ("html", "xlsx", "json")]
    english = dod2oso(
        capsys, monkeypatch, "report", "merge", boards["noord"], boards["zuid"], "--to", "en", "--lang", "en"
    )
    assert english.code == 0 and (tmp_path / "en/regio-samen.html").read_text("utf-8").count('lang="en"') == 1
    assert dod2oso(capsys, monkeypatch, "report", "merge", boards["noord"]).code == 2
    assert dod2oso(capsys, monkeypatch, "report", "merge", boards["noord"], boards["bloot"]).code == 5
    assert (
        dod2oso(capsys, monkeypatch, "report", "--format", "json", "merge", boards["noord"], boards["zuid"]).code == 2
    )
    with refused(UsageError, "merge-too-few"):
        merge([boards["noord"]])
