"""What a synthetic pupil learned: school career, advice, tests, final test, and the results of secondary education."""

from random import Random

from dod2oso.generate.numbers import landline
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from dod2oso.generate.words import ADVICE, ADVICE_REASON, ATTENTION, COURSES, JUDGEMENTS, SUBJECTS, TEST_PARTS

_THIS_YEAR = 2024  # the school year 2024-2025
_TEST_MONTHS = (("01", "M"), ("05", "E"))
_TEST_YEARS = (2025, 2024, 2023)


def add_career(pupil: Tree, school: School, chance: Random) -> None:
    """Eight years of primary school; for secondary education the last two years there as well."""
    years = [str(group) for group in range(1, 9)] if school.kind == "po" else [*map(str, range(3, 9)), "11", "12"]
    letter = chance.choice("AB")
    for back, year in enumerate(reversed(years)):
        start = _THIS_YEAR - back
        in_vo = len(year) == 2
        step = pupil.add(
            "loopbaan",
            schooljaar=f"{start}-{start + 1}",
            groepscode=f"{year}{letter}",
            jaargroep=year,
            begindatum=f"{start}-08-01",
            brin=school.brin if in_vo or school.kind == "po" else "99ZZ",
            vestiging=school.vestiging,
        )
        if in_vo:
            step.put(schoolsoort="VO", elementcode="0011", elementomschrijving="Brugjaar" if year == "11" else "Havo 2")
    pupil.lists["loopbaan"].reverse()


def add_advice(pupil: Tree, school: School, number: int, chance: Random) -> None:
    """The advice of a primary school; for secondary education only whether contact is wanted."""
    contact = number % 3 == 0
    if school.kind == "po":
        code = chance.choice(ADVICE)
        pupil.put(
            "advies.",
            code=code,
            wensouders=code,
            wensleerling=chance.choice(ADVICE),
            profiel=chance.choice(("basis", "plus", "bespreek")),
            argumentatie=chance.choice(ADVICE_REASON),
        )
    pupil.put("advies.", contactnodig=contact, aandachtspunten=chance.choice(ATTENTION))
    if contact:
        pupil.put(
            "advies.",
            contactpersoon="juf Voorbeeld",
            contacttelefoon=landline(number + 7),
            contactemail="contact@voorbeeld.nl",
        )


def add_tests(pupil: Tree, school: School, count: int, chance: Random) -> None:
    """`count` tests of the last three school years with a score and a norm; every fourth one in parts."""
    for number in range(count):
        code, name = SUBJECTS[number % len(SUBJECTS)]
        month, season = _TEST_MONTHS[number % 2]
        year = _TEST_YEARS[number // 6 % len(_TEST_YEARS)]
        group = 8 - (2025 - year) if school.kind == "po" else 12 - (2025 - year)
        level = str(max(group, 11)) if school.kind == "vo" else str(group)
        score = chance.randrange(40, 130)
        items = 60
        right = chance.randrange(25, items)
        test = pupil.add(
            "toetsen",
            code=f"{code}{season}{level}",
            naam=f"{name} {season}{level}",
            afnamedatum=f"{year}-{month}-{chance.randrange(10, 28)}",
            jaargroep=level,
            aantalgoed=right,
            vaardigheidsscore=f"{score}.{chance.randrange(10)}",
        )
        if number % 2 == 0:
            test.add(
                "referentiescores", code="DLE", vergelijkingsgroep="Landelijk", waarde=str(chance.randrange(20, 61))
            )
        if number % 6 == 0:
            test.put(aantalopgaven=items, aantalfout=items - right, bivlaag=f"{score - 4}.5", bivhoog=f"{score + 4}.5")
            _parts(test, code, items, right, chance)


def _parts(test: Tree, code: str, items: int, right: int, chance: Random) -> None:
    for place, name in enumerate(TEST_PARTS, start=1):
        part = test.add("onderdelen", code=f"{code}{place}", naam=name, aantalopgaven=items // 2, aantalgoed=right // 2)
        level = chance.choice(("I", "II", "III", "IV", "V"))
        part.add("referentiescores", code="IV", vergelijkingsgroep="Landelijk", waarde=level)


def add_final_test(pupil: Tree, chance: Random) -> None:
    """The final test of primary education."""
    test = pupil.add(
        "eindtoetsen",
        deelgenomen=True,
        ontheffing=False,
        soort="route 8",
        niveau="generiek",
        naam="Eindtoets Route 8",
        afnamedatum="2025-02-04",
        standaardscore=chance.randrange(100, 300),
        advies="Vmbo gl/tl tot en met havo",
    )
    for code, name in (("taal", "Nederlandse taal"), ("rekenen", "Rekenen")):
        part = test.add("onderdelen", code=code, omschrijving=name, referentieniveau=chance.choice(("1F", "2F", "1S")))
        if code == "taal":
            part.add("domeinen", code="lezen", omschrijving="Lezen", referentieniveau="2F")


def add_vo(pupil: Tree, number: int, chance: Random) -> None:
    """Subjects and marks, promotion, work placement and competences of secondary education."""
    pupil.put("bevorderd.", elementcode="0011", leerjaar="3")
    for code, name in COURSES:
        pupil.add(
            "vakken",
            code=code,
            leergebied=name,
            afgerond=False,
            examenvak=False,
            rapportcijfer=f"{chance.randrange(5, 9)}.{chance.randrange(10)}",
        )
    report = pupil.add("cijferlijsten", afnamedatum="2025-06-01", jaargroep="12", periode="Periode 3")
    for _code, name in COURSES[:3]:
        course = report.add("vakken", naam=name)
        course.add("onderdelen", naam="Toets hoofdstuk 4", waarde=f"{chance.randrange(5, 9)}")
        course.add("scores", waarde=f"{chance.randrange(5, 9)}", kwalificatie=chance.choice(JUDGEMENTS))
    if number % 2 == 0:
        placement = pupil.add(
            "stages", begindatum="2025-03-03", einddatum="2025-03-14", soort="maatschappelijk", beoordeling="goed"
        )
        placement.put(functierol="stagiair", **{"instelling.naam": "Zorgboerderij Voorbeeld"})
        pupil.add("competenties", categorie="Samenwerken", beschrijving="Werkt samen in een groep", status="behaald")
        pupil.put(
            "vombo.",
            keuzevervolgopleiding="Zorg en welzijn",
            beroepskeuzetest=True,
            portfolio=True,
            pop=False,
            motivatiebrief=False,
            lobdossier=True,
        )
