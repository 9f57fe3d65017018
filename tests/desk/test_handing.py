"""Hand over: nothing for real before a rehearsal of all that is ready, exactly what is ordered, and by whom."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.folderlock import SERVE, held
from dod2oso.desk.pages import handing as handing_page
from dod2oso.desk.pages import qualify as qualify_page
from dod2oso.desk.working import Work
from dod2oso.handover.config import Handover
from dod2oso.handover.receivers import receivers_of_all
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.sending import Wish
from dod2oso.handover.sending import send as handing_over
from dod2oso.ledger import handovers as states
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.project.inbox import anything_new
from dod2oso.sandbox import rehearsal
from dod2oso.trust.audit import entries
from tests.desk.kit import Caller, Said, running
from tests.desk.outside import standing
from tests.desk.test_deliveries import body, until


def out(caller: Caller) -> Path:
    assert caller.server.desk.home is not None
    return caller.server.desk.home / "dod2oso-out/POVO"


def url(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}/POVO/handover"


def rows(caller: Caller) -> list[states.Handover]:
    with Ledger.open(out(caller), create=False) as ledger:
        return [each for page in states.pages(ledger, handovers.c.state != "") for each in page]


def done(caller: Caller) -> Said:
    return until(lambda: caller.get(url(caller)), lambda said: 'id="bezig"' not in said.text)


def rehearse(caller: Caller) -> Said:
    """What the button does, without the process of its own."""
    rehearsal.rehearse(out(caller), lambda _all: None, lambda _more: None)
    return caller.get(url(caller))


def send(caller: Caller, **fields: str) -> Said:
    return caller.post(f"{url(caller)}/send", account="J. de Vries (regio)", **fields)


def sent(caller: Caller) -> None:
    """What the button does, without the process of its own."""
    with ledger_to_write_in(out(caller), out(caller), "send") as ledger:
        senders = local_senders(ledger, out(caller))
        handing_over(ledger, out(caller), Handover(sender="bron"), senders, Wish(), "A", lambda _how, _left: None)


def schools(caller: Caller) -> list[str]:
    return list(re.findall(rf'href="{url(caller)}/([0-9A-Z-]+)"', caller.get(url(caller)).text))


def test_nothing_goes_before_all_that_is_ready_came_through_the_sandbox(handing: Caller) -> None:
    page = handing.get(url(handing))
    assert "6 dossiers zijn klaar. Daarvan zijn 6 nog niet overgedragen" in page.words
    assert f"{url(handing)}/review" not in page.text and "Oefening starten" in page.words
    refused = send(handing)  # whoever sends the form by hand
    assert "nog niet goed door de oefening gekomen" in refused.words and rows(handing) == []
    handing.post(f"{url(handing)}/rehearse")
    well = done(handing)
    assert "alle 6 dossiers zijn opgehaald, byte voor byte gelijk en goedgekeurd" in well.words
    assert rows(handing) == []  # the real ledger believes nothing of it
    assert not places.rehearsal_dir(out(handing)).exists()
    assert f"{url(handing)}/review" in well.text


def test_what_is_ordered_goes_with_who_ordered_it_and_to_whom(handing: Caller) -> None:
    rehearse(handing)
    code = schools(handing)[0]
    brin = code.partition("-")[0]
    handing.post(f"{url(handing)}/allow", to="99zz", brin=brin, account="J. de Vries (regio)")
    review = handing.post(f"{url(handing)}/review", account="J. de Vries (regio)", brin=brin)
    assert "3 dossiers gaan mee" in review.words and "J. de Vries (regio)" in review.words
    assert rows(handing) == []  # looking is not ordering
    send(handing, brin=brin)
    assert "3 dossiers klaargezet" in done(handing).words
    found = rows(handing)
    assert {each.brin for each in found} == {brin} and {each.account for each in found} == {"J. de Vries (regio)"}
    with Ledger.open(out(handing), create=False) as ledger:
        assert set(receivers_of_all(ledger, found).values()) == {frozenset({"99ZZ"})}
    assert "alle 6 dossiers" in handing.get(url(handing)).words  # what is ready is what was rehearsed
    again = handing.post(f"{url(handing)}/review", account="J", brin=brin)
    assert "niets om over te dragen" in again.words and "Nu overdragen" not in again.words


def test_a_dossier_is_withdrawn_and_goes_again_by_order_only(handing: Caller) -> None:
    rehearse(handing)
    sent(handing)
    here = f"{url(handing)}/{schools(handing)[0]}"
    name = re.findall(r'name="dossier" value="([^"]+)"', handing.get(here).text)[0]
    assert "Kies eerst" in handing.post(here, order="withdraw", account="A").words
    assert "1 dossier is teruggetrokken" in handing.post(here, order="withdraw", account="A", dossier=name).words
    assert {each.account for each in rows(handing) if each.state == "withdrawn"} == {"A"}
    assert "niets om over te dragen" in handing.post(f"{url(handing)}/review", account="B").words
    assert "1 dossier mag weer mee" in handing.post(here, order="retry", account="B", dossier=name).words
    assert "1 dossier gaat mee" in handing.post(f"{url(handing)}/review", account="B").words
    other = f"{url(handing)}/{schools(handing)[1]}"
    assert handing.send(other, order="withdraw", account="A", dossier=name).status == 404  # not of that school
    assert handing.send(here, order="destroy", account="A", dossier=name).status == 404
    for account in ("", "x" * 61, "a\x07"):
        assert handing.post(here, order="withdraw", account=account, dossier=name).status == 409


def test_when_something_else_is_ready_the_rehearsal_counts_no_more(handing: Caller) -> None:
    from sqlalchemy import select, update

    from dod2oso.ledger.tables import dossiers

    rehearse(handing)
    with Ledger.open(out(handing), create=False) as ledger, ledger.write() as connection:
        one = select(dossiers.c.id).where(dossiers.c.state == "ready").limit(1).scalar_subquery()
        connection.execute(update(dossiers).where(dossiers.c.id == one).values(state="held"))
    page = handing.get(url(handing))
    assert "5 dossiers zijn klaar" in page.words and f"{url(handing)}/review" not in page.text


def test_a_file_that_changed_fails_the_rehearsal_and_says_which(handing: Caller) -> None:
    file = next((out(handing) / "dossiers/ready").rglob("*.xml"))
    file.write_bytes(file.read_bytes() + b" ")
    page = rehearse(handing)
    assert "De oefening is niet gelukt: 5 van 6 opgehaald" in page.words
    assert f"/{file.stem}" in page.text and f"{url(handing)}/review" not in page.text


def test_a_rehearsal_that_was_killed_leaves_nothing(handing: Caller) -> None:
    left = places.rehearsal_dir(out(handing)) / "dossiers"
    left.mkdir(parents=True)
    (left / "x.xml").write_text("geheim")
    handing.get(url(handing))
    assert not places.rehearsal_dir(out(handing)).exists()


def test_a_list_of_receivers_is_dealt_with_and_not_kept(handing: Caller, tmp_path: Path) -> None:
    name = next((out(handing) / "dossiers/ready").rglob("*.xml")).stem

    def drop(text: str) -> Said:
        sent = body(("lijst.csv", text.encode()), csrf=handing.csrf, to="receivers")
        headers = handing.good(Content_Type="multipart/form-data; boundary=xxBOUNDARYxx")
        path = url(handing).removesuffix("handover") + "deliveries/upload"
        said = handing.raw("POST", path, headers, sent)
        return handing.get(said.headers["Location"]) if said.status == 303 else said

    wrong = drop(f"dossier;naar\n{name};99ZZ\nonbekend;99ZZ\n")
    assert wrong.status == 409 and "lijst.csv" in wrong.words
    assert "99ZZ" not in handing.get(url(handing)).words
    good = drop(f"dossier;naar\n{name};99ZZ\n")
    assert "voor 1 leerling is een school aangewezen" in good.words and "99ZZ: 1 klaar dossier" in good.words
    assert list(tmp_path.rglob("*lijst*")) == []


def test_a_wrong_brin_or_no_account_orders_nothing(handing: Caller) -> None:
    rehearse(handing)
    for fields in ({"to": "geen"}, {"to": "99ZZ", "brin": "x"}):
        assert handing.post(f"{url(handing)}/allow", account="A", **fields).status == 409
    assert handing.post(f"{url(handing)}/review", account="").status == 409
    assert handing.post(f"{url(handing)}/send", account="", brin="").status == 409
    assert rows(handing) == []


def test_a_rehearsal_can_be_stopped(handing: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    handing.post(f"{url(handing)}/rehearse")
    handing.post(f"{url(handing)}/stop")
    page = done(handing)
    assert "Gestopt" in page.words or "alle 6 dossiers" in page.words
    assert not places.rehearsal_dir(out(handing)).exists() and rows(handing) == []
    kept: list[bytes] = []
    found = rehearsal.rehearse(out(handing), lambda _n: None, lambda _n: None, kept.append)
    assert found.complete and len(set(kept)) == found.fetched == 6


@pytest.mark.parametrize("page", ["handover", "run", "qualify/bron-18"])
def test_a_page_that_is_made_while_its_job_ends_asks_again(
    page: str, handing: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would say for ever what was there before the job: nothing on it asks again."""
    key = url(handing).split("/")[2]
    keys = {"handover": f"{key}/POVO", "run": key, "qualify/bron-18": f"{key}/qualify"}
    handing.server.desk.works[keys[page]] = work = Work("rehearsal", details="bron-18")

    def ends(real: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*given: Any) -> Any:
            found = real(*given)
            work.state = "done"
            return found

        return reading

    monkeypatch.setattr(handing_page, "_known", ends(handing_page._known))
    monkeypatch.setattr("dod2oso.desk.pages.running.anything_new", ends(anything_new))
    monkeypatch.setattr(qualify_page, "_made", ends(qualify_page._made))
    place = url(handing).replace("/handover", f"/{page}")
    assert 'id="bezig"' in handing.get(place).text and work.over
    assert 'id="bezig"' not in handing.get(place).text


def test_one_school_sees_no_hand_over(handing: Caller, tmp_path: Path) -> None:
    brin = schools(handing)[0].partition("-")[0]
    with running(tmp_path, handing.server.desk.home, school=brin) as caller:
        caller.enter()
        assert caller.get(url(caller)).status == 404
        assert caller.send(f"{url(caller)}/rehearse").status == 404


def on(caller: Caller) -> Said:
    """The page once the source system is on, or is not and says why."""
    caller.post(f"{url(caller)}/serve", account="J. de Vries (regio)")
    return until(lambda: caller.get(url(caller)), lambda said: "gaat aan" not in said.words)


def test_the_source_is_turned_on_and_all_is_fetched_on_the_page(handing: Caller) -> None:
    assert handing.server.desk.home is not None
    rehearse(handing)
    handing.post(f"{url(handing)}/allow", to="99ZZ", account="A")
    sent(handing)
    brins = sorted({each.partition("-")[0] for each in schools(handing)})
    with standing(handing.server.desk.home, brins) as outside:
        page = on(handing)
        assert "Het bronsysteem staat aan, op 127.0.0.1" in page.words and "6 dossiers staan klaar" in page.words
        assert 'action="' + url(handing) + '/rehearse"' not in page.text  # one or the other
        assert handing.server.desk.busy  # so nobody's server stops because nobody asked anything
        assert outside.fetch_all(out(handing)) == []
        until(lambda: handing.get(url(handing)), lambda said: "Alle 6 dossiers zijn opgehaald" in said.words)
        assert {each.state for each in rows(handing)} <= states.DELIVERED
        handing.post(f"{url(handing)}/serve/stop")
        page = until(lambda: handing.get(url(handing)), lambda said: "Bronsysteem aanzetten" in said.words)
        assert 'role="alert"' not in page.text
        with Ledger.open(out(handing), create=False) as ledger, held(out(handing), "test", SERVE):
            begun = [line.account for line in entries(ledger) if line.what == "serving-begun"]
        assert begun == ["J. de Vries (regio)"]


def test_a_source_that_cannot_serve_says_why(handing: Caller) -> None:
    assert "ontbreekt [handover.bron]" in handing.get(url(handing)).words
    assert handing.post(f"{url(handing)}/serve", account="").status == 409
    page = on(handing)  # whatever a form says
    assert "ontbreekt [handover.bron]" in page.words and rows(handing) == []
    assert handing.send(f"{url(handing)}/serve/stop").status == 303
