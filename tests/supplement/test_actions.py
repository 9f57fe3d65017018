"""The actions that are written down: every repair and every cause has one, done by whom the repair says."""

from fnmatch import fnmatchcase

from dod2oso.findings.catalogue import entries
from dod2oso.supplement.actions import action_of_cause, action_of_repair, actions, actions_of, special
from dod2oso.supplement.repairs import repairs
from tests.supplement.test_repairs import RULES


def test_every_repair_is_in_one_action_of_the_same_person() -> None:
    homes = [key for action in actions().values() for key in action.repairs]
    assert sorted(homes) == sorted(repairs())
    for action in actions().values():
        assert {repairs()[key].who for key in action.repairs} <= {action.who}, action.key


def test_every_cause_has_an_action_and_every_pattern_a_cause() -> None:
    codes = {code for code, entry in entries().items() if entry.severity == "error"}
    causes = RULES | codes | {"leeg@huidigeschool/naam"}
    for action in actions().values():
        assert action.repairs or action.causes or action.special, action.key
        for pattern in action.causes:
            assert any(fnmatchcase(cause, pattern) for cause in causes), pattern
    assert all(action_of_cause(cause) for cause in causes)
    assert action_of_cause("leerling-dubbel").key == "dubbel"
    assert action_of_cause("toestemming-geweigerd@inzage/toestemming").key == "ouders"
    assert action_of_cause("codelijst-35-examenuitslag").key == "bron"
    assert action_of_cause("leeg@huidigeschool/naam").key == "bron"
    assert action_of_cause("").who == "besluit"


def test_what_several_causes_ask_of_one_person_is_one_action() -> None:
    assert [one.key for one in actions_of("inzage inzagedatum akkoord")] == ["inzage"]
    assert [one.key for one in actions_of("adres verzorger inzage", ("leerling-dubbel",))] == [
        "inzage", "leerling", "verzorgers", "dubbel",
    ]  # fmt: skip
    assert [one.key for one in actions_of("inzage !codelijst-35-examenuitslag")] == ["inzage", "bron"]


def test_no_waiting_dossier_is_without_an_action() -> None:
    assert [one.key for one in actions_of("")] == ["kijken"]
    assert [one.key for one in actions_of("een-aanvulling-van-later")] == ["kijken"]
    assert actions_of(None) == [special("older")]
    assert action_of_repair("een-aanvulling-van-later") is None
