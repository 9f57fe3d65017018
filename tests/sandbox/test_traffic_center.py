"""The Traffic Center of the sandbox by itself: who may ask what, and in which order it objects."""

import pytest

from dod2oso.handover.soap.envelope import Message
from dod2oso.sandbox.traffic_center import Point, Refused, TrafficCenter

BRON, DOEL, SWV = ("99XA", "1"), ("99XD", "2"), ("99XA", "9")
SCHOOL, SOURCE, OTHER = frozenset({"s"}), frozenset({"b"}), frozenset({"x"})
ENDS = {"bron-brin": "99XA", "bron-ap": "1", "doel-brin": "99XD", "doel-ap": "2"}
ASKED = ENDS | {"zoeksleutel": "abc", "overdrachtsoort": "overstapdossier"}
TOLD = {"bron-brin": "99XA", "bron-ap": "1", "doel-brin": "99XA", "doel-ap": "9"}


@pytest.fixture(name="center")
def _center() -> TrafficCenter:
    center = TrafficCenter()
    center.add(Point(*BRON, "https://bron/", "b"))
    center.add(Point(*DOEL, "https://doel/", "s", "VO", offers=False))
    center.add(Point(*SWV, "https://swv/", "w", offers=False))
    return center


def refusal(center: TrafficCenter, name: str, fields: dict[str, str], who: frozenset[str]) -> str:
    with pytest.raises(Refused) as caught:
        center.answer(Message(name, fields), who)
    return caught.value.word


def opened(center: TrafficCenter) -> str:
    answer = center.answer(Message("overdrachtRequest", ASKED), SCHOOL)
    assert [row["url"] for row in answer.rows] == ["https://bron/"]  # not the samenwerkingsverband of that BRIN
    return answer.get("sessie-id")


def test_a_session_is_checked_in_the_documented_order(center: TrafficCenter) -> None:
    good = ASKED | {"sessie-id": opened(center)}
    name = "sessiecontroleRequest"
    assert center.answer(Message(name, good), SOURCE).get("sector") == "VO"
    wrong = {"doel-ap": "7", "zoeksleutel": "zzz", "overdrachtsoort": "overdrachtbinnenbrin"}
    center.sessions[good["sessie-id"]].result = "overdracht-geslaagd"
    assert refusal(center, name, good | wrong | {"sessie-id": "x"}, SOURCE) == "sessie-onbekend"
    assert refusal(center, name, good | wrong, SOURCE) == "sessie-afgemeld"
    center.sessions[good["sessie-id"]].result = ""
    assert refusal(center, name, good | wrong, SOURCE) == "geen-relatie"
    del wrong["overdrachtsoort"]
    assert refusal(center, name, good | wrong, SOURCE) == "sessie-afwijkend"
    del wrong["zoeksleutel"]
    assert refusal(center, name, good | wrong, SOURCE) == "onbekend-aanleverpunt"


def test_nobody_speaks_for_the_aanleverpunt_of_another(center: TrafficCenter) -> None:
    session = opened(center)
    assert refusal(center, "overdrachtRequest", ASKED, OTHER) == "certificaat"
    assert refusal(center, "sessiecontroleRequest", ASKED | {"sessie-id": session}, SCHOOL) == "certificaat"
    assert (
        refusal(center, "afmeldingRequest", ASKED | {"sessie-id": session, "resultaat": "x"}, SOURCE) == "certificaat"
    )
    assert refusal(center, "meldenNotificatieRequest", TOLD | {"doel": "swv"}, OTHER) == "certificaat"


def test_a_session_is_signed_off_once(center: TrafficCenter) -> None:
    message = Message("afmeldingRequest", ASKED | {"sessie-id": opened(center), "resultaat": "niet-geslaagd"})
    assert center.answer(message, SCHOOL).get("resultaat") == "niet-geslaagd"
    assert refusal(center, *message[:2], SCHOOL) == "sessie-afgemeld"  # type: ignore[arg-type]


def test_a_koppelsleutel_is_new_each_time_and_good_for_its_two_ends(center: TrafficCenter) -> None:
    message = Message("meldenNotificatieRequest", TOLD | {"doel": "swv"})
    first, second = (center.answer(message, SOURCE).get("koppelsleutel") for _ in range(2))
    assert first != second and first == first.upper()
    asked = TOLD | {"koppelsleutel": first, "overdrachtsoort": "swvaanvraag"}
    assert center.answer(Message("overdrachtRequest", asked), frozenset({"w"})).get("sessie-id")
    assert refusal(center, "overdrachtRequest", ENDS | {"koppelsleutel": first}, SCHOOL) == "geen-relatie"
    told = center.answer(Message("meldenTerugkoppelingRequest", TOLD | {"koppelsleutel": first}), frozenset({"w"}))
    assert told.get("url") == "https://bron/"
    both = asked | {"zoeksleutel": "abc"}
    assert refusal(center, "overdrachtRequest", both, frozenset({"w"})) == "ongeldig-bericht"


@pytest.mark.parametrize("turned", [False, True])
def test_a_school_is_told_in_either_orientation(center: TrafficCenter, turned: bool) -> None:
    center.add(Point("99XD", "2", "https://doel/", "b" if turned else "s"))
    session = center.answer(Message("overdrachtRequest", ASKED), SCHOOL | SOURCE).get("sessie-id")
    ends = {"bron-brin": "99XD", "bron-ap": "2", "doel-brin": "99XA", "doel-ap": "1"} if turned else ENDS
    message = Message("meldenNotificatieRequest", ends | {"sessie-id": session, "doel": "overstap"})
    assert center.answer(message, SOURCE).get("url") == ("https://bron/" if turned else "https://doel/")


def test_the_overview_can_be_asked_per_brin(center: TrafficCenter) -> None:
    everything = center.answer(Message("overzichtAanleverpuntRequest", {}), OTHER)
    assert len(everything.rows) == 3
    one = center.answer(Message("overzichtAanleverpuntRequest", {"brin": "99XD"}), OTHER)
    assert [row["ap"] for row in one.rows] == ["2"]
