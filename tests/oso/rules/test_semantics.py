"""The finer points of the official validators, each on a small document of its own."""

import pytest
from lxml import etree

from dod2oso.oso import versions
from dod2oso.oso.rules.model import Fired
from dod2oso.oso.rules.ruleset import ruleset
from tests.oso.dossiers import full_dossier, minimal_dossier


def _root(version: str, body: str, root: str = "dossier") -> etree._Element:
    namespace = versions.version(version).namespace
    return etree.fromstring(f'<{root} xmlns="{namespace}" xmlns:x="urn:elders">{body}</{root}>')


def _fired(version: str, layer: str, body: str, rule: str, root: str = "dossier") -> list[str]:
    result = ruleset(version, layer).evaluate(_root(version, body, root))
    return [fired.at for fired in result.fired if fired.rule == rule]


OVERSTAP = "<overdrachtsoort>overstapdossier</overdrachtsoort>"


def test_another_namespace_is_recognised_by_no_rule() -> None:
    root = etree.fromstring(minimal_dossier("2018.1", "POPO"))
    result = ruleset("2019.1", "ov").evaluate(root)
    assert result.fired == [Fired("codelijst-33-deeldossier", "/[1]")]


def test_an_empty_dossiers_only_misses_deeldossier() -> None:
    result = ruleset("2017.1", "swv").evaluate(_root("2017.1", "", "dossiers"))
    assert result.fired == [Fired("codelijst-33-deeldossier", "/[1]")]


def test_elements_of_another_namespace_are_walked_through() -> None:
    body = (
        "<x:omslag><verzorger><adresgeheim>true</adresgeheim><adreslijst><adres/></adreslijst></verzorger></x:omslag>"
    )
    places = _fired("2016.1", "ov", OVERSTAP + body, "verzorger-adres-verboden-geheim")
    assert places == ["/dossier[1]/omslag[1]/verzorger[1]"]


def test_the_walk_stops_below_metadata_and_from_2017_below_leerling() -> None:
    care = "<zorg><vir/></zorg>"
    inside = f"<metadata>{care}</metadata><huidigeschool><leerling>{care}</leerling></huidigeschool>"
    at = "/dossier[1]/huidigeschool[1]/leerling[1]/zorg[1]"
    assert _fired("2016.1", "ov", OVERSTAP + inside, "vir-verboden") == [at]
    newer = ruleset("2017.1", "ov").evaluate(_root("2017.1", OVERSTAP + inside))
    assert not [fired for fired in newer.fired if fired.rule == "vir-verboden"]
    assert [fired.at for fired in newer.advised if fired.rule == "vir-verboden"] == [
        "/dossier[1]/metadata[1]/zorg[1]",
        at,
    ]


def test_comments_and_instructions_are_no_brothers() -> None:
    between = "<!-- a --><?b c?>"
    one = f"<verzorger>{between}<adresgeheim>true</adresgeheim>{between}<adreslijst><adres/></adreslijst></verzorger>"
    places = _fired("2016.1", "ov", OVERSTAP + between + one + between + one, "verzorger-adres-verboden-geheim")
    assert places == ["/dossier[1]/verzorger[1]", "/dossier[1]/verzorger[2]"]


def test_advice_never_counts() -> None:
    data = full_dossier("2019.1", "POPO").replace(b"<contactnodig>true</contactnodig>", b"")
    result = ruleset("2019.1", "ov").evaluate(etree.fromstring(data))
    assert result.state == "passed"
    assert [fired.rule for fired in result.advised] == ["contactnodig-verplicht"]


def test_advice_that_would_abort_is_left_out() -> None:
    data = full_dossier("2019.1", "POPO").replace(b"<contactnodig>true", b"<contactnodig>misschien")
    result = ruleset("2019.1", "ov").evaluate(etree.fromstring(data))
    assert (result.state, result.advised) == ("passed", [])


def test_messages_per_pupil_are_repeated() -> None:
    call = "<communicatie><soort>telefoon</soort><nummer>0612345678</nummer><geheim>1</geheim></communicatie>"
    body = f"{OVERSTAP}<huidigeschool>{call}<leerling/><leerling/></huidigeschool>"
    at = "/dossier[1]/huidigeschool[1]/communicatie[1]"
    assert _fired("2019.1", "ov", body, "communicatie-geheim-telefoon") == [at, at]


def test_an_inzage_field_counts_as_a_place_in_1_1_1() -> None:
    body = OVERSTAP + "<inzage><inzage>false</inzage></inzage>"
    places = ["/dossier[1]/inzage[1]", "/dossier[1]/inzage[1]/inzage[1]"]
    assert _fired("1.1.1", "ov", body, "inzage-gegeven") == places
    assert _fired("1.2.2", "ov", body, "inzage-gegeven") == places[:1]


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("2019.1", OVERSTAP + "<inzage><inzage>ja</inzage></inzage>"),
        ("2019.1", OVERSTAP + "<inzage><inzage/></inzage>"),
        ("2019.1", OVERSTAP + "<inzage><inzage>true</inzage><inzage>true</inzage></inzage>"),
        ("2016.1", "<lwoo_einddatum>2019-<!-- --->07-31</lwoo_einddatum>".replace("--->", "-->")),
        ("2016.1", "<communicatie><soort>e-mail</soort><nummer>a@b.nl</nummer><nummer>a@b.nl</nummer></communicatie>"),
    ],
)
def test_where_the_official_validator_stops_nothing_is_said(version: str, body: str) -> None:
    result = ruleset(version, "ov").evaluate(_root(version, body))
    assert (result.state, result.fired, result.advised) == ("crashed", [], [])


def test_a_false_part_decides_before_an_abort() -> None:
    two = "<communicatie><soort>telefoon</soort><nummer>a</nummer><nummer>b</nummer></communicatie>"
    assert ruleset("2016.1", "ov").evaluate(_root("2016.1", two)).state == "failed"


def test_an_abort_counts_only_where_the_rule_has_a_place() -> None:
    body = OVERSTAP + "<huidigeschool><inzage><inzage>ja</inzage></inzage></huidigeschool>"
    assert ruleset("2019.1", "ov").evaluate(_root("2019.1", body)).state == "failed"


@pytest.mark.parametrize(
    ("text", "wrong"), [("POVO", False), ("PO<!-- x -->VO", True), ("POVO<?x y?>", False), (" POVO", True)]
)
def test_texts_are_compared_by_text_node(text: str, wrong: bool) -> None:
    body = f"<metadata><overstap>{text}</overstap></metadata>"
    assert bool(_fired("2019.1", "ov", body, "codelijst-16-overstap")) is wrong


def test_cdata_and_entities_belong_to_their_text_node() -> None:
    body = "<metadata><overstap>PO<![CDATA[V]]>&#79;</overstap></metadata>"
    assert _fired("2019.1", "ov", body, "codelijst-16-overstap") == []


def test_a_date_in_another_dossier_makes_the_window_unknown() -> None:
    test = "<toets><afname><afnamedatum>2019-01-01</afnamedatum></afname></toets>"
    one = "<dossier><metadata><datum>2019-03-02</datum><overstap>POVO</overstap></metadata>" + test + "</dossier>"
    two = one + "<terugkoppeling><metadata><datum>2019-03-02</datum></metadata></terugkoppeling>"
    assert ruleset("2016.1", "ov").evaluate(_root("2016.1", one, "dossiers")).state == "failed"
    assert ruleset("2016.1", "ov").evaluate(_root("2016.1", two, "dossiers")).state == "crashed"


def test_long_texts_do_not_make_the_patterns_slow() -> None:
    long = "a" * 2_000_000
    for number in (
        long,
        long + "@",
        "a@" + long + "!",
        "a@" + "a." * 500_000 + "!",
        "@" * 500_000,
        "a@" + "-" * 500_000,
    ):
        body = f"<communicatie><soort>e-mail</soort><nummer>{number}</nummer></communicatie>"
        assert _fired("2019.1", "ov", body, "email-patroon")


def test_a_deep_document_does_not_break_the_walk() -> None:
    data = f'<dossier xmlns="{versions.version("2019.1").namespace}">' + "<x>" * 1900 + "<geslacht>9</geslacht>"
    data += "</x>" * 1900 + "</dossier>"
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    result = ruleset("2019.1", "ov").evaluate(root)
    assert result.fired[-1].at.endswith("/x[1]/geslacht[1]") or result.state == "failed"
