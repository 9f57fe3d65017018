"""A synthetic pupil: who it is, where it lives, who cares for it. The same numbers always give the same pupil."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from dod2oso.generate.care import add_absence, add_attachments, add_care, add_vve
from dod2oso.generate.learning import add_advice, add_career, add_final_test, add_tests, add_vo
from dod2oso.generate.numbers import identity_number, landline, mobile
from dod2oso.generate.school import SCHOOL_YEAR, School
from dod2oso.generate.tree import Tree
from dod2oso.generate.words import BOYS, GIRLS, SECOND_NAMES, STREETS, SURNAMES, TOWNS

_FIRST_BIRTHDAY = {"po": date(2012, 10, 1), "vo": date(2010, 10, 1)}
_DAYS = 365


@dataclass(frozen=True, slots=True)
class Size:
    """How much a dossier holds."""

    tests: int
    carers: int
    attachments: bool


SMALL = Size(tests=3, carers=1, attachments=False)
TYPICAL = Size(tests=12, carers=2, attachments=True)


def make_pupil(school: School, number: int, seed: int, size: Size = SMALL) -> Tree:
    """The whole dossier of pupil `number` (from 0; counted over all schools) for an export with everything."""
    chance = Random(f"{seed}/{number}")
    pupil = Tree()
    _identity(pupil, school, number, seed, chance)
    _home(pupil, number, chance)
    _background(pupil, number, school)
    add_career(pupil, school, chance)
    add_advice(pupil, school, number, chance)
    add_tests(pupil, school, size.tests, chance)
    if school.kind == "po":
        add_vve(pupil, number)
        if number % 3 == 0:
            add_final_test(pupil, chance)
    else:
        add_vo(pupil, number, chance)
    add_care(pupil, school, number, chance)
    add_absence(pupil, school, chance)
    for carer in range(size.carers):
        _carer(pupil, number, carer, chance)
    if size.attachments:
        add_attachments(pupil, number)
    return pupil


def make_basic_pupil(school: School, number: int, seed: int, *, named: bool = True) -> Tree:
    """The same pupil as an export of basic administration (EDEXML; without `named`: EDEX2000) knows it."""
    chance = Random(f"{seed}/{number}")
    pupil = Tree()
    _identity(pupil, school, number, seed, chance)
    key, year = school.groups()[number % 2]
    initials = pupil.fields.pop("leerling.voorletters")
    pupil.put(
        "leerling.",
        sleutel=pupil.fields.pop("leerling.leerlingid"),
        voorletters=initials.replace(".", ""),
        groep=key,
        jaargroep=year,
        postcode=f"{1000 + number % 8999}AB",
        mutatiedatum="2025-06-01T12:00:00",
    )
    if not named:  # EDEX2000 has the school with each pupil, and half the fields
        pupil.put("school.", brin=school.brin, vestiging=school.vestiging)
        pupil.put("export.", schooljaar=SCHOOL_YEAR)
    return pupil


def name_and_birthday(kind: str, number: int, seed: int) -> tuple[str, str, date]:
    """(prefix, surname, birth date): no two pupils below 15,000 share surname and birth date by accident."""
    place, turn = number % len(SURNAMES), number // len(SURNAMES)
    prefix, surname = SURNAMES[(place + seed) % len(SURNAMES)]
    day = (turn * 181 + place * 37 + seed) % _DAYS
    return prefix, surname, _FIRST_BIRTHDAY[kind] + timedelta(days=day)


def _identity(pupil: Tree, school: School, number: int, seed: int, chance: Random) -> None:
    boy = chance.random() < 0.5
    called = chance.choice(BOYS if boy else GIRLS)
    names = f"{called} {chance.choice(SECOND_NAMES)}".strip()
    prefix, surname, born = name_and_birthday(school.kind, number, seed)
    kind, digits = identity_number(number)
    pupil.put(
        "leerling.",
        leerlingid=str(10_000 + number),
        voornamen=names,
        voorletters="".join(f"{name[0]}." for name in names.split()),
        voorvoegsel=prefix,
        achternaam=surname,
        roepnaam=called,
        geboortedatum=born.isoformat(),
        geslacht="man" if boy else "vrouw",
        datuminschrijving="2016-08-01" if school.kind == "po" else "2023-08-01",
        gewicht=("0", "0", "0.3", "1.2")[number % 4],
        **{kind: digits},
    )


def _home(pupil: Tree, number: int, chance: Random) -> None:
    pupil.put("leerling.", adresgeheim=False, verzorgersaansprakelijk=True, tehuis=False)
    pupil.add("leerling.adressen", **_address(number, chance))
    pupil.add("leerling.communicatie", soort="telefoon", aanduiding="prive", nummer=landline(number), geheim=False)


def _address(number: int, chance: Random) -> dict[str, str]:
    town, municipality = chance.choice(TOWNS)
    return {
        "soort": "woon",
        "straat": chance.choice(STREETS),
        "nummer": str(number % 200 + 1),
        "postcode": f"{1000 + number % 8999}AB",
        "plaats": town,
        "gemeente": municipality,
    }


def _background(pupil: Tree, number: int, school: School) -> None:
    """What exports hold although the law keeps it out of a transfer dossier."""
    pupil.put("leerling.", geboorteplaats=TOWNS[number % len(TOWNS)][0], geboorteland="Nederland")
    pupil.add("leerling.nationaliteiten", code="0001", omschrijving="Nederlandse")
    pupil.put("leerling.", onderwijssinds="2016-08-01", **{"inzage-oud": True})
    if school.kind == "vo":
        pupil.put("leerling.", startdatumhuidigonderwijs="2023-08-01")


def _carer(pupil: Tree, number: int, which: int, chance: Random) -> None:
    mother = (number + which) % 2 == 0
    called = chance.choice(GIRLS if mother else BOYS)
    own = SURNAMES[(number * 5 + which) % len(SURNAMES)]
    surname = (pupil.fields.get("leerling.voorvoegsel", ""), pupil.fields["leerling.achternaam"])
    prefix, name = own if mother else surname
    carer = pupil.add(
        "verzorgers",
        voornamen=called,
        voorletters=f"{called[0]}.",
        voorvoegsel=prefix,
        achternaam=name,
        geslacht="vrouw" if mother else "man",
        adresgeheim=False,
        relatie="moeder" if mother else "vader",
        wettigevertegenwoordiger=True,
        beroep="medewerker" if number % 2 else None,
    )
    if which == 0:
        carer.add("adressen", **_address(number, chance))
    carer.add("communicatie", soort="mobiel", aanduiding="prive", nummer=mobile(number + which), noodnummer=True)
    if which == 0:
        carer.add("communicatie", soort="e-mail", nummer=f"ouder{number}@voorbeeld.nl")
