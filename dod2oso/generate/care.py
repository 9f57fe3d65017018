"""Care, guidance, absence and attachments of a synthetic pupil."""

from random import Random

from dod2oso.generate.documents import pdf, plain
from dod2oso.generate.numbers import landline
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from dod2oso.generate.words import BEHAVIOUR, GUIDANCE, OBSTACLES, STRENGTHS

_SWV = "PO9901"  # a samenwerkingsverband that does not exist


def add_care(pupil: Tree, school: School, number: int, chance: Random) -> None:
    """Guidance for all; indications, diagnosis and plans for some, in a fixed turn so that each kind occurs."""
    pupil.put("zorg.", naamib="W. Voorbeeld", specialebegeleiding=number % 2 == 0, medicijngebruik=number % 7 == 0)
    pupil.add("zorg.sterkpunten", tekst=chance.choice(STRENGTHS))
    pupil.add("zorg.belemmeringen", tekst=chance.choice(OBSTACLES))
    pupil.add("zorg.begeleidingen", soort=GUIDANCE[number % len(GUIDANCE)], voortzetten=True)
    doctor = pupil.add("zorg.artsen", voorletters="H.", achternaam="Huisarts", soort="huisarts")
    doctor.add("communicatie", soort="telefoon", aanduiding="werk", nummer=landline(number + 3))
    pupil.add("handelingsplannen", startdatum="2024-10-01", einddatum="2025-02-01", gerichtop="Rekenen")
    kind = number % 6
    if kind == 0:
        pupil.add(
            "zorg.diagnoses",
            code="F81.0",
            naam="Dyslexie",
            datum="2023-03-01",
            doorwie="GZ-psycholoog",
            instantie="Praktijk Voorbeeld",
        )
    elif kind == 1:
        pupil.add("zorg.opp", begindatum="2024-08-01")
    elif kind == 2:
        pupil.add(
            "zorg.tlv",
            begindatum="2024-08-01",
            swvnummer=_SWV,
            categorie="L",
            beschikkingsnummer=f"TLV{number:05}",
            einddatum="2026-07-31",
        )
    elif kind == 3:
        pupil.add("zorg.arrangementen", datum="2023-08-01", soort="2", brin=school.brin, vestiging=school.vestiging)
    elif kind == 4:
        pupil.add(
            "zorg.ondersteuning",
            datum="2024-08-01",
            kenmerk="Extra ondersteuning",
            beschikkingsnummer=f"ARR{number:05}",
        )
    else:
        pupil.add("zorg.lgf", datum="2012-08-01", onderwijssoort="33", indicatierec="3", einddatum="2014-07-31")


def add_vve(pupil: Tree, number: int) -> None:
    """Early education; it goes along to other primary schools only."""
    pupil.put("vve.", vanpeuterspeelzaal=number % 2 == 0)
    if number % 2 == 0:
        pupil.put("vve.", naampeuterspeelzaal="De Eendjes")
        pupil.put(
            "vve.voorschool.", historie="2", programma="2", maanden="12", toeleider="6", deelname="5", aanwezigheid="4"
        )


def add_absence(pupil: Tree, school: School, chance: Random) -> None:
    """The absence of the last year."""
    pupil.put("verzuim.", begindatum="2024-08-01", einddatum="2025-06-10")
    unit = "dagdelen" if school.kind == "po" else "uren"
    pupil.put("verzuim.", **{f"{unit}geoorloofd": chance.randrange(12), f"{unit}ongeoorloofd": chance.randrange(3)})
    pupil.put("verzuim.", meerdan25percent=False, contactleerplicht=False)


def add_attachments(pupil: Tree, number: int) -> None:
    """For every other pupil one small attachment: a report, or a text on behaviour."""
    if number % 4 == 0:
        pupil.add(
            "documenten",
            bestandsnaam="onderwijskundig-rapport.pdf",
            omschrijving="Onderwijskundig rapport",
            inhoud=pdf("Voorbeeld van een rapport"),
        )
    elif number % 4 == 2:
        pupil.put("sefunctioneren.", toelichting=BEHAVIOUR)
        pupil.add(
            "sefunctioneren.documenten",
            bestandsnaam="gedrag.txt",
            omschrijving="Gedrag en werkhouding",
            inhoud=plain(BEHAVIOUR),
        )
