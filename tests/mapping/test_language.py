"""The mapping language: whatever a mapping cannot mean is told with its file, and with its line where there is one."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.mapping.compile import compile_plan
from dod2oso.mapping.jsonschema import json_schema
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.plan import Plan
from dod2oso.source.dictionary import Dictionary, load_dictionary
from tests.mapping.kit import mapped, small_mapping
from tests.refusals import refused

FIELDS = (
    "leerling.achternaam", "leerling.roepnaam", "leerling.geslacht", "leerling.voornamen", "leerling.geboortedatum",
    "verzorgers[].achternaam", "verzorgers[].wettigevertegenwoordiger", "documenten[].bestandsnaam",
    "documenten[].inhoud",
)  # fmt: skip
HEAD = "language: 1\nmapping: eigen\ndescribes: test\n"


def words(*names: str) -> Dictionary:
    return Dictionary({name: load_dictionary()[name] for name in names})


def plan(body: str, *names: str, version: str = "2019.1", transfer: str = "POPO") -> Plan:
    return compile_plan(small_mapping(HEAD + body), version, transfer, words(*(names or FIELDS)))


def leaf(line: str) -> str:
    """A mapping in which `line` stands on line 7 and all other words of the little dictionary are dropped."""
    return (
        f"dossier:\n  huidigeschool:\n    leerling:\n{line}\n"
        "dropped:\n  - {from: [leerling.achternaam, leerling.geboortedatum, leerling.voornamen, 'verzorgers[]',\n"
        "     'documenten[]'], reason: techniek}\n"
    )


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("      roepnaam: {from: leerling.roepnaam, van: x}", r"eigen\.yaml:7: '.*van'"),
        ("      roepnaam: {from: leerling.roepnaam, since: '2015.1'}", r"eigen\.yaml:7: '.*since'"),
        ("      roepnaam: {from: leerling.roepnaam, since: 2016.1}", r"eigen\.yaml:7: '.*since'"),
        ("      roepnaam: {from: leerling.roepnaam, not-for: POMBO}", r"eigen\.yaml:7: '.*not.for"),
        ("      roepnaam: {from: leerling.roepnaam, when: is-bsn}", r"eigen\.yaml:7: .*reason"),
        ("      roepnaam: {from: leerling.roepnaam, when: is-bsn, reason: zomaar}", r"eigen\.yaml:7: '.*reason'"),
        ("      roepnaam: {from: leerling.roepnaam, otherwise: {drop: zomaar}}", r"eigen\.yaml:7: '.*otherwise\.drop'"),
        (
            "      roepnaam: {from: leerling.roepnaam, otherwise: {finding: zomaar}}",
            r"eigen\.yaml:7: '.*otherwise\.finding'",
        ),
        ("      roepnaam: {default: {value: x}}", r"eigen\.yaml:7: '.*default\.reason'"),
        ("      roepnaam: leerling.roepnaam", r"eigen\.yaml:7: hier hoort te staan"),
        ("      roepnaam:\n        via: [hoofdletters]", r"eigen\.yaml:8: 'via' kan niet bij een blok"),
        ("      roepnaam: {from: leerling.roepnaam, too-long: afkappen}", r"eigen\.yaml:7: '.*too.long'"),
        ("      adreslijst: {empty: soms}", r"eigen\.yaml:7: '.*empty'"),
    ],
)
def test_a_wrong_directive_is_told_with_its_line(line: str, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match):
        small_mapping(HEAD + leaf(line))


@pytest.mark.parametrize(
    ("line", "match"),
    [
        (
            "      roepnaam: {from: leerling.roepnam}",
            r"huidigeschool/leerling/roepnaam: 'leerling\.roepnam' staat niet",
        ),
        ("      roepnaam: {from: register.kleur}", r"'register\.kleur' staat niet"),
        ("      roepnaam: {from: run.kleur}", r"'run\.kleur' staat niet"),
        (
            "      roepnam: {from: leerling.roepnaam}",
            r"huidigeschool/leerling/roepnam: bestaat in geen enkele OSO-versie",
        ),
        ("      roepnaam: {from: leerling.roepnaam, via: [toveren]}", "bewerking 'toveren' bestaat niet"),
        ("      roepnaam: {from: leerling.roepnaam, codes: geheimschrift}", "'geheimschrift' bestaat niet"),
        ("      roepnaam: {from: leerling.roepnaam, when: volle-maan, reason: techniek}", "voorwaarde 'volle-maan'"),
        ("      adreslijst: {from: leerling.roepnaam}", "is een blok, geen veld"),
        ("      roepnaam: {each: verzorgers, achternaam: {from: achternaam}}", "is een veld, geen blok"),
        ("      verzorger: {each: ouders, achternaam: {from: achternaam}}", "lijst 'ouders' staat niet"),
        ("      roepnaam: {from: ['verzorgers[].achternaam', leerling.roepnaam]}", "alleen bij 'from'"),
        ("      roepnaam: {from: 'documenten[].kleur'}", "'kleur' staat niet"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_its_place(line: str, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match) as error:
        plan(leaf(line))
    assert "eigen (2019.1, POPO)" in error.value.text("nl") or "codes.yaml" in error.value.text("nl")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", r"eigen\.yaml:1: het blok 'dossier'"),
        ("dossier: x\n", "het blok 'dossier'"),
        (HEAD + "dossier: {}\nkleur: rood\n", r"eigen\.yaml:5: 'kleur'"),
        ("language: 2\nmapping: x\ndescribes: y\ndossier: {}\n", r"eigen\.yaml:1: 'language'"),
        (HEAD + "dossier: {}\ndropped:\n  - {from: x, reason: zomaar}\n", r"eigen\.yaml:6: 'dropped\.0\.reason'"),
        (HEAD + "dossier: {}\ntests:\n  - {name: x, given: {}, oso: '3000'}\n", r"eigen\.yaml:6: 'tests\.0\.oso'"),
        (
            HEAD + "dossier: {}\ntests:\n  - {name: x, given: {}, finding: zomaar}\n",
            r"eigen\.yaml:6: 'tests\.0\.finding'",
        ),
    ],
)
def test_a_wrong_file(text: str, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match):
        small_mapping(text)


@pytest.mark.parametrize("name", ["leerling.kleur", "kleuren[]", "leerling.kleur.*"])
def test_dropping_what_does_not_exist(name: str) -> None:
    body = f"dossier: {{}}\ndropped:\n  - {{from: ['{name}'], reason: techniek}}\n"
    with refused(ConfigurationError, "dropped-unknown"):
        plan(body, "leerling.roepnaam")


def test_a_star_drops_everything_below() -> None:
    body = "dossier: {}\ndropped:\n  - {from: ['leerling.*'], reason: techniek}\n"
    assert set(plan(body, "leerling.roepnaam", "leerling.bsn").dropped) == {"leerling.roepnaam", "leerling.bsn"}


@pytest.mark.parametrize(
    ("scope", "version", "transfer", "there"),
    [
        ("since: '2017.1'", "2016.1", "POPO", False), ("since: '2017.1'", "2017.1", "POPO", True),
        ("until: '2017.1'", "2017.1", "POPO", True), ("until: '2017.1'", "2018.1", "POPO", False),
        ("only-for: [POVO, VOVO]", "2019.1", "POVO", True), ("only-for: POVO", "2019.1", "POPO", False),
        ("not-for: POSWV", "2019.1", "POSWV", False), ("not-for: POSWV", "2019.1", "VOSWV", True),
    ],
)  # fmt: skip
def test_scope_and_reason(scope: str, version: str, transfer: str, there: bool) -> None:
    line = f"{{from: leerling.roepnaam, {scope}, reason: profiel}}"
    body = f"dossier:\n  huidigeschool:\n    leerling:\n      roepnaam: {line}\n"
    made = plan(body, "leerling.roepnaam", version=version, transfer=transfer)
    expected = ({"leerling.roepnaam"}, {}) if there else (set(), {"leerling.roepnaam": "profiel"})
    assert (set(made.readers), made.dropped) == expected


def test_what_a_version_has_no_place_for_needs_no_line() -> None:
    body = "dossier:\n  huidigeschool:\n    leerling:\n      zorg: {naamib: {from: zorg.naamib}}\n"
    assert plan(body, "zorg.naamib", version="2018.1").readers
    assert plan(body, "zorg.naamib", version="2019.1").dropped == {"zorg.naamib": "geen-plaats"}


def test_the_order_of_keys_does_not_matter() -> None:
    body = (
        "dossier:\n  huidigeschool:\n    leerling:\n"
        "      roepnaam: {from: leerling.roepnaam}\n      achternaam: {from: leerling.achternaam}\n"
    )
    made = plan(body, "leerling.roepnaam", "leerling.achternaam")
    result = mapped({"leerling.roepnaam": "R", "leerling.achternaam": "A"}, plan=made)
    assert result.nodes == [("huidigeschool", [("leerling", [("achternaam", "A"), ("roepnaam", "R")])])]


def test_of_several_sources_the_first_with_a_value_counts() -> None:
    body = (
        "dossier:\n  huidigeschool:\n    leerling:\n      roepnaam: {from: [leerling.roepnaam, leerling.achternaam]}\n"
    )
    made = plan(body, "leerling.roepnaam", "leerling.achternaam")
    both = mapped({"leerling.achternaam": "A", "leerling.roepnaam": "R"}, plan=made)
    assert both.one("huidigeschool/leerling/roepnaam") == "R"
    assert both.end("leerling.achternaam") == ("dropped", "andere-bron")
    assert mapped({"leerling.achternaam": "A"}, plan=made).one("huidigeschool/leerling/roepnaam") == "A"


def test_a_value_that_two_leaves_read_keeps_the_better_end() -> None:
    """Refused by one, mapped by the other: it came along."""
    body = (
        "dossier:\n  huidigeschool:\n    leerling:\n"
        "      geslacht: {from: leerling.roepnaam, codes: geslacht-naar-oso}\n"
        "      roepnaam: {from: leerling.roepnaam}\n"
    )
    result = mapped({"leerling.roepnaam": "Test"}, plan=plan(body, "leerling.roepnaam"))
    assert result.end("leerling.roepnaam") == ("mapped", "")
    assert result.codes() == ["code-onbekend"]


def test_a_refusal_keeps_its_reason_when_the_block_around_another_use_rolls_back() -> None:
    body = (
        "dossier:\n  huidigeschool:\n    leerling:\n"
        "      geslacht: {from: leerling.roepnaam, codes: geslacht-naar-oso}\n"
        "      verzorger: {roepnaam: {from: leerling.roepnaam}}\n"
    )
    result = mapped({"leerling.roepnaam": "Test"}, plan=plan(body, "leerling.roepnaam"))
    assert result.end("leerling.roepnaam") == ("refused", "code-onbekend")


def test_a_drop_for_codes_without_translation() -> None:
    body = (
        "dossier:\n  huidigeschool:\n    leerling:\n      geslacht:\n"
        "        {from: leerling.geslacht, codes: geslacht-naar-oso, otherwise: {drop: onbekend}}\n"
    )
    result = mapped({"leerling.geslacht": "anders"}, plan=plan(body, "leerling.geslacht"))
    assert result.end("leerling.geslacht") == ("dropped", "onbekend")
    assert result.codes() == []


def test_a_declared_loss_counts_as_lossy() -> None:
    body = "dossier:\n  huidigeschool:\n    leerling:\n      roepnaam: {from: leerling.achternaam, loss: van alles}\n"
    result = mapped({"leerling.achternaam": "A"}, plan=plan(body, "leerling.achternaam"))
    assert result.end("leerling.achternaam") == ("lossy", "")


def test_a_mapping_can_be_shared_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        HEAD
        + "dossier:\n  huidigeschool:\n    leerling:\n      achternaam: &naam {from: achternaam}\n      verzorger: "
        "{each: verzorgers, achternaam: *naam}\n"
    )
    with refused(ConfigurationError, "mapping-field-unknown", name="achternaam"):  # a short name outside its list
        compile_plan(load_mapping(tmp_path / "m.yaml"), "2019.1", "POPO", words("verzorgers[].achternaam"))


@pytest.mark.parametrize("kind", ["mapping", "profile", "dictionary"])
def test_the_published_schema_describes_what_the_model_takes(kind: str) -> None:
    import json

    schema = json_schema(kind)
    text = json.dumps(schema)
    assert schema["type"] == "object"
    assert "from_" not in text
    for name in {
        "mapping": ["not-for", "too-long", "each-all"],
        "profile": ["shared-lists"],
        "dictionary": ["law-reason"],
    }[kind]:
        assert f'"{name}"' in text
