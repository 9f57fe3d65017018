"""What must not be guessed: kinds, secrets, periods, deaths. What is not clear stays home, and a finding says so."""

from pathlib import Path

import pytest

from dod2oso.base.clock import run_date
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.mapping.supplied import Supplied
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile
from tests.corpus.kit import PAIRS, SCHOOL, read_export, reference, write
from tests.mapping.kit import DATUM, L, Mapped, mapped, row

VERSIONS = sorted({version for version, _transfer in PAIRS})
REFERENCE = BoundProfile(find_profile("dod-referentie"), load_dictionary())


def from_xml(folder: Path, inside: str, version: str = "2019.1", transfer: str = "POPO", before: str = "") -> Mapped:
    """A pupil with this inside, read from the reference layout and mapped."""
    pupil = f"<Leerling><Leerlingnummer>1</Leerlingnummer><Achternaam>Voorbeeld</Achternaam>{inside}</Leerling>"
    export = read_export(write(folder / "a.xml", reference(pupil, school=SCHOOL, before=before)), REFERENCE)
    export.survey()
    record = next(iter(export.dossiers()))
    run = run_group(version, transfer, DATUM, "test", "1")
    nodes, here = Mapper(shipped_plan(version, transfer), run, run_date(DATUM)).map(record, None, Supplied())
    return Mapped(nodes, [*record.findings, *here.findings], record, [], Supplied())


# --- a default holds only where the source says nothing ---


def address(kind: str) -> str:
    return (
        f"<Adressen><Adres>{kind}<Straat>Straat</Straat><Huisnummer>12</Huisnummer><Postcode>1234AB</Postcode>"
        "<Plaats>Dorp</Plaats></Adres></Adressen>"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_an_address_of_an_unknown_kind_is_not_where_the_pupil_lives(version: str, tmp_path: Path) -> None:
    for kind in ("Postadres", "vorig adres", "x"):
        result = from_xml(tmp_path, address(f"<Soort>{kind}</Soort>"), version)
        assert not result.at(f"{L}/adreslijst/adres/soortadres")
        assert {"code-onbekend", "blok-onvolledig"} <= set(result.codes())
        assert ("blok-onvolledig", "leerling.adressen[1]") in [(one.code, one.field) for one in result.findings]
    assert from_xml(tmp_path, address(""), version).at(f"{L}/adreslijst/adres/soortadres") == ["bezoek"]
    assert from_xml(tmp_path, address("<Soort/>"), version).at(f"{L}/adreslijst/adres/soortadres") == ["bezoek"]


def test_every_default_of_the_mapping_steps_back_for_a_value_that_is_not_clear() -> None:
    """Whichever field has a default: what was there and could not be read is not replaced by it."""
    from dod2oso.mapping.plan import BlockPlan, FirstOf, LeafPlan

    def leaves(plan: object) -> list[LeafPlan]:
        if isinstance(plan, LeafPlan):
            return [plan]
        inner = plan.options if isinstance(plan, FirstOf) else plan.children if isinstance(plan, BlockPlan) else ()
        return [leaf for child in inner for leaf in leaves(child)]

    from dod2oso.mapping.context import MappingState
    from dod2oso.source.record import Group

    seen = set()
    for version, transfer in PAIRS:
        plan = shipped_plan(version, transfer)
        for leaf in (leaf for top in plan.children for leaf in leaves(top) if leaf.default is not None):
            for level, key, _names in leaf.sources:
                scopes = [Group() for _ in range(level + 3)]
                scopes[level].unreadable = (key,)
                assert not leaf.emit(out := [], scopes, MappingState(version, transfer, run_date(DATUM)))
                assert out == []
            out = []
            unclear = MappingState(version, transfer, run_date(DATUM), unclear=frozenset({leaf.path}))
            leaf.emit(out, [Group() for _ in range(8)], unclear)
            assert out == []
            seen.add(leaf.path)
    assert "inzage/voorlopigdossier" in seen and f"{L}/adreslijst/adres/soortadres" in seen


def test_what_a_person_fills_in_unreadably_is_not_replaced_by_a_default(tmp_path: Path) -> None:
    given = {"leerling.achternaam": "X"}
    assert mapped(given, supplement=row(tmp_path, **{"inzage/akkoord": "Ja"})).one("inzage/voorlopigdossier") == "false"
    unclear = mapped(
        given, supplement=row(tmp_path, **{"inzage/akkoord": "Ja", "inzage/voorlopigdossier": "misschien"})
    )
    assert unclear.one("inzage/voorlopigdossier") is None
    assert "aanvulling-waarde-onjuist" in unclear.codes()


# --- a doctor of whom nobody says what he is ---


def test_a_doctor_without_a_kind_does_not_push_out_the_general_practitioner() -> None:
    given = {"zorg.artsen[0].achternaam": "Specialist"}
    real = {"zorg.artsen[1].achternaam": "Huisarts", "zorg.artsen[1].soort": "Huisarts"}
    result = mapped(given | real)
    assert result.at(f"{L}/huisarts/achternaam") == ["Huisarts"]
    assert [(one.code, one.field) for one in result.findings] == [("arts-soort-onbekend", "zorg.artsen[1]")]
    assert mapped(given).at(f"{L}/huisarts/achternaam") == []
    assert mapped(given, "2018.1").at(f"{L}/zorg/artslijst/arts/achternaam") == ["Specialist"]  # there is room for all


# --- secret: any yes, anything unreadable, anything doubled ---

SECRET = [
    ("nee", "ja"), ("ja", "nee"), ("nee", "misschien"), ("misschien", "nee"), ("misschien",), ("ja",),
    ("nee", "nee", "ja"), ("nee", "x", "nee"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
@pytest.mark.parametrize("flags", SECRET)
def test_an_address_leaves_only_when_nothing_says_it_is_secret(
    version: str, transfer: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    said = "".join(f"<AdresGeheim>{flag}</AdresGeheim>" for flag in flags)
    carer = "<Achternaam>V</Achternaam><WettelijkVertegenwoordiger>ja</WettelijkVertegenwoordiger>"
    carers = f"<Verzorgers><Verzorger>{carer}{said}{address('')}</Verzorger></Verzorgers>"
    result = from_xml(tmp_path, said + address(""), version, transfer)
    assert not result.at(f"{L}/adreslijst/adres/straat")
    assert result.one(f"{L}/adresgeheim") in (None, "true")  # what is kept back is never said to be open
    result = from_xml(tmp_path, "<AdresGeheim>nee</AdresGeheim>" + address("") + carers, version, transfer)
    assert len(result.at(f"{L}/adreslijst/adres/straat")) == 1
    assert not result.at(f"{L}/verzorger/adreslijst/adres/straat")
    assert result.one(f"{L}/verzorger/adresgeheim") in (None, "true")


def test_a_doubled_no_is_a_no(tmp_path: Path) -> None:
    result = from_xml(tmp_path, "<AdresGeheim>nee</AdresGeheim><AdresGeheim>Nee</AdresGeheim>" + address(""))
    assert (result.one(f"{L}/adresgeheim"), len(result.at(f"{L}/adreslijst/adres/straat"))) == ("false", 1)


def test_a_person_settles_whether_an_address_is_secret(tmp_path: Path) -> None:
    given = {"leerling.adresgeheim": "false"} | {
        f"leerling.adressen[0].{name}": value
        for name, value in (("straat", "S"), ("nummer", "1"), ("postcode", "1234AB"), ("plaats", "D"))
    }
    assert mapped(given, supplement=row(tmp_path, leerling__adresgeheim="nee")).at(f"{L}/adreslijst/adres/straat")
    assert not mapped(given, supplement=row(tmp_path, leerling__adresgeheim="?")).at(f"{L}/adreslijst/adres/straat")


# --- the period of the absence ---


def absence(begin: str = "", end: str = "") -> str:
    period = (f"<Begin>{begin}</Begin>" if begin else "") + (f"<Eind>{end}</Eind>" if end else "")
    return f"<Verzuim>{period}<DagdelenGeoorloofd>4</DagdelenGeoorloofd></Verzuim>"


@pytest.mark.parametrize("version", ["1.1.1", "2017.1", "2019.1"])
@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        ("01-08-2018", "01-03-2019", []),
        ("02-03-2018", "02-03-2019", []),  # exactly a year, up to today
        ("01-08-2016", "01-03-2019", ["verzuim-periode"]),  # years, not the last one
        ("01-08-2018", "", ["verzuim-periode"]),
        ("", "01-03-2019", ["verzuim-periode"]),
        ("01-08-2018", "03-03-2019", ["verzuim-periode"]),  # not over yet
        ("01-02-2019", "01-08-2018", ["verzuim-periode"]),
        ("00-00-2018", "01-03-2019", ["verzuim-periode"]),
        ("01-08-2018", "32-03-2019", ["datum-onleesbaar", "verzuim-periode"]),
    ],
)
def test_only_absence_of_the_last_year_goes(
    version: str, begin: str, end: str, told: list[str], tmp_path: Path
) -> None:
    result = from_xml(tmp_path, absence(begin, end), version)
    assert result.codes() == told
    assert result.at(f"{L}/verzuim/dagdelengeoorloofd") == ([] if told else ["4"])


def test_absence_of_before_the_last_year_is_left_behind_by_law(tmp_path: Path) -> None:
    result = from_xml(tmp_path, absence("01-08-2016", "01-07-2017"))
    assert (result.at(f"{L}/verzuim"), result.end("verzuim.dagdelengeoorloofd")) == ([], ("dropped", "wet"))


@pytest.mark.parametrize(("made", "goes"), [("01-02-2019", True), ("01-02-2018", False), ("", True)])
def test_without_a_period_the_year_ends_where_the_export_was_made(made: str, goes: bool, tmp_path: Path) -> None:
    head = f"<Kop><Aanmaakdatum>{made}</Aanmaakdatum></Kop>" if made else ""
    assert bool(from_xml(tmp_path, absence(), before=head).at(f"{L}/verzuim/dagdelengeoorloofd")) == goes


# --- who has died, what is not an arrangement, who was left behind ---


def carers(*more: str) -> str:
    inside = "".join(
        f"<Verzorger>{one}<WettelijkVertegenwoordiger>ja</WettelijkVertegenwoordiger></Verzorger>" for one in more
    )
    return f"<Verzorgers>{inside}</Verzorgers>"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("dead", ["<Overleden>ja</Overleden>", "<OverledenOp>01-02-2015</OverledenOp>"])
def test_a_parent_who_died_never_looks_alive(version: str, dead: str, tmp_path: Path) -> None:
    result = from_xml(
        tmp_path, carers(f"<Achternaam>Dood</Achternaam>{dead}", "<Achternaam>Levend</Achternaam>"), version
    )
    can_say_so = version in ("2018.1", "2019.1")
    assert result.at(f"{L}/verzorger/achternaam") == (["Dood", "Levend"] if can_say_so else ["Levend"])
    told = [(one.code, one.field) for one in result.findings]
    assert told == ([] if can_say_so else [("verzorger-overleden", "verzorgers[1]")])
    if can_say_so:
        assert result.at(f"{L}/verzorger/overleden") or result.at(f"{L}/verzorger/overlijdensdatum")


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != "1.1.1"])
@pytest.mark.parametrize("kind", ["Nvt", "nvt", "3", ""])
def test_what_is_no_arrangement_does_not_become_one(version: str, kind: str, tmp_path: Path) -> None:
    inside = f"<Datum>01-02-2018</Datum><Soort>{kind}</Soort><Brin>99XX</Brin><Vestiging>00</Vestiging>"
    result = from_xml(
        tmp_path, f"<Zorg><Arrangementen><Arrangement>{inside}</Arrangement></Arrangementen></Zorg>", version
    )
    place = "onderwijsondersteuning/arrangement_cluster12" if version == "2019.1" else "zorg/arrangement"
    made = result.at(f"{L}/{place}/arrangement_datum")
    if version == "1.2.2":  # the only one with a place for the kind
        assert bool(made) == (kind == "Nvt")
        assert result.at(f"{L}/{place}/soort_arrangement") == (["Nvt"] if made else [])
    else:
        assert bool(made) == (kind == "")
    assert bool(result.findings) != bool(made)


def test_it_is_said_which_carer_stayed_behind(tmp_path: Path) -> None:
    result = from_xml(tmp_path, carers("<Achternaam>Een</Achternaam>", "<Voornamen>Twee</Voornamen>"))
    assert [(one.code, one.field, one.detail) for one in result.findings] == [
        ("blok-onvolledig", "verzorgers[2]", "achternaam")
    ]
    unknown = address("<Soort>x</Soort>")
    deep = from_xml(tmp_path, carers("<Achternaam>Een</Achternaam>", f"<Achternaam>Twee</Achternaam>{unknown}"))
    assert ("blok-onvolledig", "verzorgers[2].adressen[1]") in [(one.code, one.field) for one in deep.findings]


def test_the_same_lack_in_two_items_is_told_of_both(tmp_path: Path) -> None:
    both = carers("<Voornamen>Een</Voornamen>", "<Voornamen>Twee</Voornamen>")
    assert [one.field for one in from_xml(tmp_path, both).findings] == ["verzorgers[1]", "verzorgers[2]"]


# --- names ---


@pytest.mark.parametrize("version", VERSIONS)
def test_two_prefixes_that_differ_are_left_to_a_person(version: str, tmp_path: Path) -> None:
    given = {"leerling.achternaam": "Berg, van den", "leerling.voorvoegsel": "de"}
    result = mapped(given, version)
    assert (result.one(f"{L}/voorvoegsel"), result.one(f"{L}/achternaam")) == ("de", "Berg, van den")  # nothing is lost
    assert "naam-tegenstrijdig" in result.codes()
    answer = row(tmp_path, leerling__achternaam="Berg", leerling__voorvoegsel="van den")
    result = mapped(given, version, supplement=answer)
    assert (result.one(f"{L}/voorvoegsel"), result.one(f"{L}/achternaam")) == ("van den", "Berg")
    assert "naam-tegenstrijdig" not in result.codes()


def test_a_carer_with_two_prefixes_is_named() -> None:
    carer = {"achternaam": "Berg, van den", "voorvoegsel": "de", "wettigevertegenwoordiger": "true"}
    result = mapped({f"verzorgers[0].{name}": value for name, value in carer.items()})
    assert [(one.code, one.field) for one in result.findings] == [("naam-tegenstrijdig", "verzorgers[1].achternaam")]


@pytest.mark.parametrize("text", ["Anna Maria", "Anna, Maria", "Anna,Maria", " Anna ; Maria "])
def test_first_names_are_names_and_nothing_else(text: str) -> None:
    assert mapped({"leerling.voornamen": text}).at(f"{L}/voornaam") == ["Anna", "Maria"]
    assert mapped({"leerling.voornaamlijst[0].naam": "Anna, Maria"}).at(f"{L}/voornaam") == ["Anna", "Maria"]
    assert mapped({"leerling.voornaamlijst[0].naam": "Anna Maria"}).at(f"{L}/voornaam") == ["Anna Maria"]
