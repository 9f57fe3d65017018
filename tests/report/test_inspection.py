"""What parents inspect: all of the bytes that would leave stands on the page, and what changed afterwards waits."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from dod2oso.handover.inspected import content_of
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import meaning
from tests.corpus.kit import CONSENT, pupil, reference, supplement, write
from tests.project.kit import Work
from tests.report.test_sharing import has_pdf

pytestmark = pytest.mark.usefixtures("without_report")
SHOWN, LATER = "1546300800", "1551398400"  # 1 January and 1 March 2019
SEEN = "inzage/inzagedatum"


@pytest.fixture(name="work")
def _work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    """Three pupils: one complete, one that waits for the parents only, one that waits for more."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", SHOWN)
    work = Work(tmp_path, capsys, monkeypatch)
    work.export("a.xml", 1, 2, 3)
    rest = {name: value for name, value in CONSENT.items() if not name.startswith("inzage/")}
    given = {"1": CONSENT, "2": rest, "3": {}}
    rows = ({"brin": "99XX", "leerlingid": number} | cells for number, cells in given.items())
    supplement(work.folder / "aanvullingen", *rows, name="een.csv")
    return work


def out_of(work: Work) -> Path:
    return work.folder / "dod2oso-out/POVO"


def pages(work: Work) -> dict[str, str]:
    """The page of each pupil, by the state of its dossier."""
    found = {}
    for path in out_of(work).glob("inzage/99XX-00/*-povo.html"):
        [dossier] = (out_of(work) / "dossiers").glob(f"*/99XX/{path.stem}.xml")
        found[dossier.parts[-3]] = path.read_text("utf-8")
    return found


def dossier(work: Work, state: str) -> bytes:
    return next((out_of(work) / "dossiers" / state / "99XX").glob("*.xml")).read_bytes()


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page.encode()).text_content().split())


def only_inspected(work: Work) -> None:
    path = work.folder / "dod2oso.toml"
    path.write_text(path.read_text("utf-8-sig") + "\n[handover]\nonly-inspected = true\n", "utf-8")


def staged(work: Work) -> int:
    return len(list((out_of(work) / "outbox").glob("*.xml")))


def test_a_page_says_all_that_would_leave_and_by_which_mark_it_is_known(work: Work) -> None:
    work.run("--fail-on", "never")
    ended = work.do("inspection")
    assert ended.code == 0 and "2 pagina's" in ended.err and "1 dossiers kregen geen pagina" in ended.err
    found = pages(work)
    assert set(found) == {"ready", "held"}
    data, said = dossier(work, "ready"), text_of(found["ready"])
    root = etree.fromstring(data)
    for element in root.iter("*"):
        path = root.getroottree().getelementpath(element)
        inside = any(part in path for part in ("metadata", "}inzage", "}overdrachtsoort"))
        text = (element.text or "").strip()
        if text and not len(element) and not inside and text not in ("true", "false") and "-" not in text:
            known = catalogue("2019.1").at(re.sub(r"\{[^}]*\}|\[\d+\]", "", path))
            coded = known.codelist if known is not None else None
            meant = meaning(coded, "2019.1", text) if coded is not None else None
            assert (meant or text.removesuffix(".00")) in said, path
    bare = said.replace(" ", "")
    assert sha256(data).hexdigest() in bare and content_of(data) in bare
    assert "Handtekening:" in said and "Dit sturen wij niet" in said and "wacht op uw antwoord" not in said
    assert "wacht op uw antwoord" in text_of(found["held"])
    everybody = (out_of(work) / "inzage/99XX-00/alle.html").read_text("utf-8")
    assert everybody.count('<article class="pupil">') == 2


def test_what_stays_behind_stands_with_its_reason(work: Work) -> None:
    work.export("a.xml", 1)
    write(work.folder / "exports/a.xml", reference(pupil(1, extra="<Geheim>bijzonder</Geheim>", Geloof="onbekend")))
    work.run("--fail-on", "never")
    work.do("inspection")
    page = html.fromstring(pages(work)["ready"].encode())
    stays = page.xpath("//dl[@class='stays']/dt/text()")
    assert stays and all(stays) and len(page.xpath("//dl[@class='stays']/dd//li/text()")) >= len(stays)
    assert "bijzonder" not in text_of(pages(work)["ready"])


def test_english_and_of_one_pupil_or_school_only(work: Work) -> None:
    work.run("--fail-on", "never")
    name = next((out_of(work) / "dossiers/ready/99XX").glob("*.xml")).stem
    found = json.loads(work.do("inspection", "--pupil", name, "--json", "--lang", "en").out)
    assert found["pages"] == 1 and not (out_of(work) / "inzage/99XX-00/alle.html").exists()
    assert "This is what we send" in text_of(pages(work)["ready"])
    assert work.do("inspection", "--school", "99ZZ").code == 2
    assert work.do("inspection", "--pupil", "niemand").code == 2


def test_a_file_that_was_changed_gets_no_page(work: Work) -> None:
    work.run("--fail-on", "never")
    path = next((out_of(work) / "dossiers/ready/99XX").glob("*.xml"))
    path.write_bytes(path.read_bytes().replace(b"Voorbeeld1", b"Voorbeeld9"))
    ended = work.do("inspection", "--json")
    assert json.loads(ended.out) | {"schools": 0} == {
        "format": 1, "pages": 1, "schools": 0, "incomplete": 1, "changed": 1
    }  # fmt: skip


def test_the_mark_is_of_the_pupil_and_not_of_the_day_or_the_answer(work: Work) -> None:
    work.run("--fail-on", "never")
    data = dossier(work, "ready")
    assert content_of(data.replace(b"<datum>2019-03-02", b"<datum>2019-03-03")) == content_of(data)
    assert content_of(data.replace(b"<inzagedatum>2019-02-01", b"<inzagedatum>2019-02-02")) == content_of(data)
    assert content_of(data.replace(b"Voorbeeld1", b"Voorbeeld9")) != content_of(data)


def test_only_what_was_inspected_as_it_is_goes(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    only_inspected(work)
    ended = work.run("--fail-on", "never")
    assert staged(work) == 0 and "1 wacht op (nieuwe) inzage" in ended.err
    work.do("inspection")  # shown on 1 January; the parents answered on 1 February
    ended = work.do("handover", "send", "--json")
    assert json.loads(ended.out) | {"format": 1} | {"uninspected": 0} == json.loads(ended.out) and staged(work) == 1

    write(work.folder / "exports/a.xml", reference(pupil(1, Voornamen="Anders"), pupil(2), pupil(3)))
    ended = work.run("--fail-on", "never")
    assert staged(work) == 0 and "1 wacht op (nieuwe) inzage" in ended.err
    monkeypatch.setenv("SOURCE_DATE_EPOCH", LATER)
    work.do("inspection")  # a new page, and the answer is of before it
    assert json.loads(work.do("handover", "send", "--json").out)["uninspected"] == 1 and staged(work) == 0
    again: dict[str, Any] = {"brin": "99XX", "leerlingid": "1"} | CONSENT | {SEEN: "02-03-2019"}
    supplement(work.folder / "aanvullingen", again, name="een.csv")
    work.run("--fail-on", "never")
    assert staged(work) == 1


def test_without_the_setting_nothing_waits(work: Work) -> None:
    work.run("--fail-on", "never")
    assert staged(work) == 1


def test_destroying_takes_the_pages_and_what_was_shown(work: Work) -> None:
    work.run("--fail-on", "never")
    work.do("inspection")
    name = next((out_of(work) / "dossiers/ready/99XX").glob("*.xml")).stem
    ended = work.do("purge", "--pupil", name, "--yes")
    assert ended.code == 0 and "dod2oso inspection" in ended.err
    assert not (out_of(work) / "inzage").exists()
    pseudonym = name.partition("-")[0].encode()
    assert not any(pseudonym in path.read_bytes() for path in out_of(work).rglob("*") if path.is_file())


@pytest.mark.skipif(not has_pdf(), reason="needs WeasyPrint")
def test_all_of_a_school_is_one_document_to_print(work: Work) -> None:
    work.run("--fail-on", "never")
    assert work.do("inspection", "--pdf").code == 0
    [path] = out_of(work).glob("inzage/*/*.pdf")
    assert path.name == "alle.pdf" and path.read_bytes().startswith(b"%PDF")
