"""How scenarios and requirements are settled, what is kept of messages, and what people answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.dossier import put_in
from dod2oso.handover.soap.envelope import Message
from dod2oso.handover.wire.load import shipped
from dod2oso.qualify import kit as kits
from dod2oso.qualify.answers import Inputs, read_answers, read_inputs, write_answers, write_inputs
from dod2oso.qualify.checks import Judged
from dod2oso.qualify.kit import Expected
from dod2oso.qualify.message import line, masked, safe_code
from dod2oso.qualify.outcome import Answer, Rehearsal, Result, answered, document, remembered, settle
from dod2oso.qualify.pages import as_html, as_json
from tests.sandbox.kit import Pupil, dossier

KIT = kits.kit("bron-18")
YES = Answer("yes", "Ik", "2026-01-01", "")


def judged(certainty: str, seen: bool | None) -> Judged:
    return Judged(Expected(check="fault", certainty=certainty), seen, "dossier")  # type: ignore[arg-type]


def settled(name: str, *rows: tuple[str, bool | None], answer: Answer | None = None, **more: Any) -> Result:
    options = {"asked": False, "reason": None} | more
    return settle(KIT, name, [judged(*row) for row in rows], answer, **options)


@pytest.mark.parametrize(
    ("rows", "state", "good"),
    [
        ([("C", True), ("I", True)], "passed", True),
        ([("C", True), ("I", False)], "passed", False),
        ([("C", False), ("I", True)], "failed", False),
        ([("I", True)], "not-certain", True),
        ([("U", False)], "not-certain", False),
        ([("C", None)], "not-tested", None),
        ([("C", True), ("C", None)], "passed", True),
        ([], "not-tested", None),
    ],
)
def test_what_is_certain_decides(rows: list[tuple[str, bool | None]], state: str, good: bool | None) -> None:
    found = settled("B-3", *rows)
    assert (found.state, found.as_expected) == (state, good)


def test_a_year_that_no_page_speaks_of_makes_nothing_pass_or_fail() -> None:
    kit = kits.kit("bron-14")
    for seen in (True, False):
        assert settle(kit, "B-3", [judged("C", seen)], None, None, asked=False).state == "not-certain"


def test_what_could_not_be_done_is_not_tested_whatever_was_seen() -> None:
    found = settled("B-3", ("C", True), reason=Text("qualify-no-key"))
    assert (found.state, found.as_expected) == ("not-tested", None)


def test_an_open_question_is_never_passed() -> None:
    def of(answer: Answer | None) -> str:
        return settle(kits.kit("doel-18"), "D-2", [judged("C", True)], answer, None, asked=True).state

    assert [of(None), of(YES), of(Answer("no"))] == ["not-tested", "passed", "failed"]
    kit = kits.kit("school-14")
    assert settle(kit, "S-a", [], Answer("n/a"), None, asked=True).state == "not-tested"
    assert settle(kit, "S-d", [], Answer("no"), None, asked=True).state == "not-certain"


def test_a_requirement_fails_by_one_scenario_and_passes_by_none_that_was_not_seen() -> None:
    made = Rehearsal(KIT, "own", {"B-3": settled("B-3", ("C", True)), "T14-5": settled("T14-5", ("I", True))})
    assert made.requirement("bron-staged-only") == "passed"
    assert made.requirement("bron-version") == "not-tested"
    assert made.requirement("bron-leading-zero") == "not-certain"
    made.results["B-3"] = settled("B-3", ("C", False))
    assert made.requirement("bron-staged-only") == "failed"
    assert made.counts()["not-tested"] == len(KIT.scenarios) - 2


def test_a_result_is_read_back_and_weighed_anew_with_an_answer() -> None:
    kit = kits.kit("doel-18")
    lines = [line("a", "b", "x", "y", b"<a/>")]
    kept = settle(kit, "D-2", [judged("C", True)], None, None, asked=True, lines=lines)
    made = Rehearsal(kit, "receiver", {"D-2": kept}, "2026-01-01", {"dod2oso": "1"})
    data = json.loads(as_json(made, "nl"))
    back = remembered(kit, data)
    assert back == {"D-2": kept}
    assert answered(kit, back["D-2"], YES).state == "passed"
    assert remembered(kit, data | {"version": "0"}) == remembered(kit, {"format": 1}) == {}
    assert document(made, "en")["requirements"]["session-sign-off-fault"]["state"] == "not-tested"


def test_a_requirement_that_is_not_certain_itself_never_passes() -> None:
    assert kits.requirements()["chain-mutual-tls"].certainty == "I"
    for seen in (True, False):
        made = Rehearsal(KIT, "own", {"T14-pre": settled("T14-pre", ("C", seen))})
        assert made.results["T14-pre"].state in ("passed", "failed")
        assert made.requirement("chain-mutual-tls") == "not-certain"
        assert made.requirement("chain-admitted") == "not-tested"  # a handshake admits nobody


def test_the_whole_message_stands_only_where_somebody_must_look() -> None:
    lines = [line("a", "b", "x", "y", b"<a/>")]
    assert settled("B-3", ("C", True), lines=lines).lines[0].envelope == ""
    failed = settled("B-3", ("C", False), lines=lines)
    assert failed.lines[0].envelope
    page = as_html(Rehearsal(KIT, "own", {"B-3": failed}), "nl")
    assert "&lt;a/&gt;" in page and "<script" not in page


def test_a_message_is_kept_without_what_is_in_it() -> None:
    pupil = Pupil("999900006", "Geheimnaam")
    wire = shipped("18")
    answer = b"".join(put_in(wire, dossier(pupil)))
    fields = {
        "bron-brin": "99QA", "bron-ap": "1", "doel-brin": "Geheimnaam", "doel-ap": "Geheimnaam",
        "zoeksleutel": "Geheimnaam", "overdrachtsoort": "overstapdossier", "sessie-id": "0f8fad5b-d9cb-469f-a165-7086",
        "aanvraagdatum": "Geheimnaam",
    }  # fmt: skip
    request = soap.write(wire, Message("documentRequest", fields))
    fault = soap.write_fault(wire, "Geheimnaam", "De leerling Geheimnaam is er niet.", ours=False)
    for raw in (answer, request, fault, b"Geheimnaam", answer[:-30]):
        shown = repr(line("99QA", "99ZZ", "x", "y", raw))
        assert pupil.pgn not in shown and "Geheimnaam" not in shown
    assert "99QA" in masked(request) and "overstapdossier" in masked(request) and "0f8fad5b<" in masked(request)
    known = wire.code("niet-opvraagbaar")
    assert known in masked(soap.write_fault(wire, known, "x", ours=False))
    assert (safe_code(known), safe_code("Geheimnaam")) == (known, "andere-code")


def test_inputs_are_read_back_and_wrong_ones_told(tmp_path: Path) -> None:
    file = tmp_path / "inputs.toml"
    given = Inputs(kit="bron-18", source="https://localhost:8443/", seconds=12.5, pupils={"povo": "999900006"})
    write_inputs(file, given, KIT)
    back = read_inputs(file)
    assert (back.source, back.seconds, back.pgns()["povo"]) == (given.source, 12.5, "999900006")
    assert back.pgns()["popo"] == kits.pupils()["popo"].pgn
    for text in ("seconds = 0", 'bron = "x"', "[pupils]\njan = '999900006'", "[pupils]\npovo = '12'", "kit ="):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"inputs\.toml"):
            read_inputs(file)
    with pytest.raises(ConfigurationError):
        read_inputs(tmp_path / "weg.toml")


def test_answers_are_read_back_and_wrong_ones_told(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    assert read_answers(file) == {}
    answers = {"S-a": YES, "T17-cert": Answer("n/a", "Jij", "x", 'met "aanhaling"\nen meer')}
    write_answers(file, answers)
    assert read_answers(file) == answers
    for text in ('[answers.S-a]\nanswer = "misschien"', '[answers.S-a]\nanswer = "yes"\nwie = "x"', "answers = 1"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"answers\.toml"):
            read_answers(file)
