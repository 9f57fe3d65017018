"""From a pupil in the reference layout to what OSO must say of him, by hand.

Nothing of dod2oso is used here: no profile, mapping, code table or catalogue. What a value means and how OSO writes it
is said again, literally, from the documentation of the layout and of OSO 1.1.1, 2017.1 and 2019.1. `said` gives plain
tuples per part of the dossier; `found` takes the same tuples out of a dossier. None: not in the dossier.
"""

import re
import xml.etree.ElementTree as ElementTree
from datetime import date
from typing import Any

Element = ElementTree.Element
Parts = dict[str, Any]

FIRST_TEST_DAY = date(2022, 8, 1)  # to secondary school in June 2025: this school year and the two before it
YEAR_AGO = date(2024, 6, 15)
TODAY = date(2025, 6, 15)

SEX = {"M": "2", "V": "1", "O": "0"}  # OSO: 1 is a girl
WEIGHT = {"0": "0.00", "0,3": "0.30", "1,2": "1.20"}
YES_NO = {"ja": "true", "nee": "false"}
YEAR_GROUPS = {**{str(n): str(n) for n in (*range(9), *range(11, 17))}, "S": "S", "P": "P", "V": "S"}
ADVICE = {*range(20, 24), *range(30, 36), *range(40, 45), *range(50, 53), 1, 10, 60, 61, 70, 80}
ADDRESS = {"woon": "bezoek", "bezoek": "bezoek", "post": "post", "gba": "gba"}
RELATION = {"vader": "1", "moeder": "2", "voogd": "3", "anders": "5"}
PREFIX_BEHIND = {"Berg, van den": ("van den", "Berg")}  # the one name in the samples that has it there
FINAL_TEST = {"route 8": "0012", "iep": "0013", "centrale eindtoets": "0011"}
FINAL_LEVEL = {"generiek": "G", "basis": "B", "eenvoudig": "E"}


def said(pupil: Element, version: str) -> Parts:
    """What the dossier of a pupil must say in this version, to secondary school on 15 June 2025."""
    secret = "ja" in texts(pupil, "AdresGeheim")
    born = day(one(pupil, "Geboortedatum"))
    return {
        "name": name(pupil),
        "call name": one(pupil, "Roepnaam"),
        "born": born,
        "sex": SEX.get(one(pupil, "Geslacht") or ""),
        "secret": YES_NO.get(one(pupil, "AdresGeheim") or ""),
        "number": one(pupil, "Leerlingnummer"),
        "bsn": bsn(one(pupil, "Bsn")),
        "in education": later(born, day(one(pupil, "OnderwijsSinds"))),
        "enrolled": later(born, day(one(pupil, "Ingeschreven"))),
        "weight": WEIGHT.get(one(pupil, "Gewicht") or ""),
        "home": YES_NO.get(one(pupil, "Tehuis") or ""),
        "liable": YES_NO.get(one(pupil, "VerzorgersAansprakelijk") or ""),
        "addresses": [] if secret else addresses(pupil),
        "numbers": numbers(pupil, version),
        "advice": advice(pupil),
        "career": career(pupil),
        "absence": absence(pupil),
        "tests": tests(pupil, version),
        "final test": final_test(pupil) if version != "1.1.1" else None,
        "doctors": doctors(pupil, version),
        "carers": carers(pupil, version, secret),
    }


# --- reading ---


def texts(element: Element, path: str) -> list[str]:
    """The texts at a path; what has elements in the middle of it is no text."""
    return [
        (found.text or "").strip() for found in element.findall(path) if (found.text or "").strip() and not len(found)
    ]


def one(element: Element, path: str) -> str | None:
    """The text at a path, or at an attribute; None when there are several that differ, or none."""
    if path.startswith("@"):
        return (element.get(path[1:]) or "").strip() or None
    values = set(texts(element, path))
    return values.pop() if len(values) == 1 else None


def day(text: str | None) -> str | None:
    """dd-mm-jjjj as jjjj-mm-dd; a day that does not exist, or is not known, is none."""
    found = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", text or "")
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        return None


def later(born: str | None, then: str | None) -> str | None:
    """A day in a life; nobody goes to school before he is born."""
    return None if born is not None and then is not None and then < born else then


def decimal(text: str | None) -> str | None:
    return text.replace(",", ".") if text is not None and re.fullmatch(r"-?\d+(,\d+)?", text) else None


def whole(text: str | None) -> str | None:
    return str(int(text)) if text is not None and re.fullmatch(r"-?\d+", text) else None


def bsn(text: str | None) -> str | None:
    digits = (text or "").zfill(9) if text else ""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    right = len(digits) == 9 and sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0
    return digits if right else None


# --- people ---


def name(person: Element) -> tuple[Any, ...]:
    """(first names, initials, prefix, surname)."""
    surname, prefix = one(person, "Achternaam"), one(person, "Voorvoegsel")
    if surname in PREFIX_BEHIND and prefix is None:
        prefix, surname = PREFIX_BEHIND[surname]
    return tuple((one(person, "Voornamen") or "").split()), one(person, "Voorletters"), prefix, surname


def addresses(person: Element) -> list[tuple[str | None, ...]]:
    """(kind, street, number, postcode, town, municipality), of addresses that are whole."""
    found = []
    for address in person.findall("Adressen/Adres"):
        kind = ADDRESS.get(one(address, "Soort") or "woon")
        street, number, town = (one(address, tag) for tag in ("Straat", "Huisnummer", "Plaats"))
        postcode = (one(address, "Postcode") or "").replace(" ", "").upper()
        if (
            kind
            and street
            and number
            and number[0].isdigit()
            and re.fullmatch("[1-9][0-9]{3}[A-Z]{2}", postcode)
            and town
        ):
            found.append((kind, street, number, postcode, town, one(address, "Gemeente")))
    return found


def numbers(person: Element, version: str) -> list[tuple[str | None, ...]]:
    """(kind, use, number, secret, in need): until 2016 as they are, without secret ones; later masked, and no fax."""
    found = []
    for contact in person.findall("Contactgegevens/Contact"):
        kind, number = contact.get("soort") or "", (contact.text or "").strip()
        hidden = contact.get("geheim") == "ja"
        if version == "1.1.1":
            if hidden:
                continue
        else:
            if kind == "fax":
                continue
            kind = {"mobiel": "telefoon"}.get(kind, kind)
            if hidden:
                number = "geheim@geheim.geheim" if kind == "e-mail" else "9999999999"
        flags = (YES_NO.get(contact.get(flag) or "") for flag in ("geheim", "nood"))
        found.append((kind, contact.get("gebruik"), number, *flags))
    return found


def carers(pupil: Element, version: str, secret: bool) -> list[tuple[Any, ...]]:
    """(name, sex, relation, legal representative, addresses, numbers)."""
    found = []
    for carer in pupil.findall("Verzorgers/Verzorger"):
        who, legal = name(carer), YES_NO.get(one(carer, "WettelijkVertegenwoordiger") or "")
        if who[3] is None or legal is None:
            continue
        relation = one(carer, "Relatie")
        if version != "1.1.1":  # a code since 2016; for a foster father none is known
            relation = RELATION.get(relation or "")
        hidden = secret or "ja" in texts(carer, "AdresGeheim")
        lives = [] if hidden else addresses(carer)
        found.append((who, SEX.get(one(carer, "Geslacht") or ""), relation, legal, lives, numbers(carer, version)))
    return found


def doctors(pupil: Element, version: str) -> list[tuple[Any, ...]]:
    """(initials, surname, numbers); in 2019.1 only the first who is said to be the huisarts."""
    found = [
        (one(doctor, "Voorletters"), one(doctor, "Achternaam"), numbers(doctor, version))
        for doctor in pupil.findall("Zorg/Artsen/Arts")
        if version != "2019.1" or doctor.get("soort") == "huisarts"
    ]
    return found[:1] if version == "2019.1" else found


# --- school ---


def advice(pupil: Element) -> tuple[str | None, ...]:
    """(advice, wish of parents, wish of pupil, profile, grounds, contact wanted, with whom, telephone, e-mail)."""
    codes = (one(pupil, f"Advies/{tag}") for tag in ("Code", "WensOuders", "WensLeerling"))
    grounds = one(pupil, "Advies/Onderbouwing") or one(pupil, "Advies/Tekst")
    return (
        *(code if code and int(code) in ADVICE else None for code in codes),
        one(pupil, "Advies/Profiel"),
        grounds,
        YES_NO.get(one(pupil, "Advies/ContactGewenst") or ""),
        *(one(pupil, f"Advies/{tag}") for tag in ("Contactpersoon", "Contacttelefoon", "Contactemail")),
    )


def career(pupil: Element) -> list[tuple[str | None, ...]]:
    """(school year, group, year group, begin, school, location)."""
    return [
        (
            step.get("schooljaar"),
            (step.find("Groep") if step.find("Groep") is not None else step).get("code"),
            YEAR_GROUPS.get(one(step, "Jaargroep") or ""),
            day(one(step, "Begin")),
            (one(step, "Brin") or "").upper(),
            (one(step, "Vestiging") or "").zfill(2),
        )
        for step in pupil.findall("Loopbaan/Stap")
    ]


def absence(pupil: Element) -> tuple[str | None, ...] | None:
    """(half days with leave, half days without, more than a quarter, attendance officer), of the last year only."""
    about = pupil.find("Verzuim")
    if about is None:
        return None
    begin, end = day(one(about, "Begin")), day(one(about, "Eind"))
    if begin is None or end is None or not YEAR_AGO.isoformat() <= begin <= end <= TODAY.isoformat():
        return None
    counts = (whole(one(about, tag)) for tag in ("DagdelenGeoorloofd", "DagdelenOngeoorloofd"))
    flags = (YES_NO.get(one(about, tag) or "") for tag in ("MeerDanKwart", "ContactLeerplicht"))
    return (*counts, *flags)


def tests(pupil: Element, version: str) -> list[tuple[Any, ...]]:
    """(code, name, day, year group, score, interval, norm scores, parts), in the window for secondary school."""
    found = []
    for test in pupil.findall("Toetsen/Toets"):
        taken = day(one(test, "Datum"))
        if taken is None or taken < FIRST_TEST_DAY.isoformat():
            continue
        parts = [
            (part.get("code"), one(part, "Naam"), score(part, version), norms(part))
            for part in test.findall("Onderdelen/Onderdeel")
        ]
        low, high = decimal(one(test, "Ondergrens")), decimal(one(test, "Bovengrens"))
        interval = (low, high) if low is not None and high is not None else None
        year = YEAR_GROUPS.get(one(test, "Jaargroep") or "")
        found.append(
            (test.get("code"), one(test, "Naam"), taken, year, score(test, version), interval, norms(test), parts)
        )
    return found


def score(test: Element, version: str) -> tuple[str | None, ...]:
    """(questions, right, wrong, ability); 1.1.1 does not count questions."""
    questions = whole(one(test, "Opgaven")) if version != "1.1.1" else None
    return questions, whole(one(test, "Goed")), whole(one(test, "Fout")), decimal(one(test, "Vaardigheid"))


def norms(test: Element) -> list[tuple[str | None, ...]]:
    """(kind, compared with whom, value)."""
    return [
        (norm.get("soort"), norm.get("groep"), one(norm, "Waarde")) for norm in test.findall("Normscores/Normscore")
    ]


def final_test(pupil: Element) -> tuple[str | None, ...] | None:
    """(taken part, which, level, name, day, exempt, standard score, advice)."""
    test = pupil.find("Eindtoets")
    if test is None:
        return None
    points, words = whole(one(test, "Standaardscore")), one(test, "Advies")
    return (
        YES_NO.get(one(test, "Deelgenomen") or ""),
        FINAL_TEST.get(one(test, "Soort") or ""),
        FINAL_LEVEL.get(one(test, "Niveau") or ""),
        one(test, "Naam"),
        day(one(test, "Datum")),
        {"ja": "J", "nee": "N"}.get(one(test, "Ontheffing") or ""),
        points if points is not None and int(points) <= 1000 else None,
        words if words is not None and len(words) <= 1024 else None,
    )


# --- the same out of a dossier ---


def found(dossier: Element, version: str) -> Parts:
    """The same parts, as they stand in an OSO dossier."""
    for element in dossier.iter():
        element.tag = element.tag.rpartition("}")[2]
    (pupil,) = dossier.iter("leerling")
    advised, absent, final = (pupil.find(tag) for tag in ("overstapadvies", "verzuim", "eindtoets_basisonderwijs"))
    doctor_tag = "huisarts" if version == "2019.1" else "zorg/artslijst/arts"
    return {
        "name": person(pupil),
        "call name": pupil.findtext("roepnaam"),
        "born": pupil.findtext("geboortedatum"),
        "sex": pupil.findtext("geslacht"),
        "secret": pupil.findtext("adresgeheim"),
        "number": pupil.findtext("leerlingid"),
        "bsn": pupil.findtext("bsn"),
        "in education": pupil.findtext("onderwijssinds"),
        "enrolled": pupil.findtext("datuminschrijving"),
        "weight": pupil.findtext("leerlinggewicht"),
        "home": pupil.findtext("tehuis"),
        "liable": pupil.findtext("verzorgersaansprakelijk"),
        "addresses": places(pupil),
        "numbers": contacts(pupil),
        "advice": row(
            pupil if advised is None else advised, "advies", "wensouders", "wensleerling", "profiel", "argumentatie",
            "contactnodig", "contactpersoon", "contacttelefoon", "contactemail",
        ),
        "career": [
            row(step, "schooljaar", "groepscode", "jaargroep", "begindatum", "brincode", "vestigingscode")
            for step in pupil.findall("schoolloopbaanlijst/schoolloopbaan")
        ],
        "absence": None if absent is None else row(
            absent, "dagdelengeoorloofd", "dagdelenongeoorloofd", "meerdan25percent", "contactleerplicht"
        ),
        "tests": [one_test(test) for test in pupil.findall("toetslijst/toets")],
        "final test": None if final is None else (
            final.findtext("deelgenomen"),
            *(final.findtext(f"eindtoetsresultaat/{tag}") for tag in (
                "toetssoort", "toetsniveau", "toetsomschrijving", "datum_afname", "wettelijke_ontheffing",
                "standaardscore", "toets_advies",
            )),
        ),
        "doctors": [(*row(one, "voorletters-1", "achternaam"), contacts(one)) for one in pupil.findall(doctor_tag)],
        "carers": [
            (
                person(one), *row(one, "geslacht", "relatietotkind", "wettigevertegenwoordiger"), places(one),
                contacts(one),
            )
            for one in pupil.findall("verzorger")
        ],
    }  # fmt: skip


def row(element: Element, *tags: str) -> tuple[str | None, ...]:
    return tuple(element.findtext(tag) for tag in tags)


def person(one: Element) -> tuple[Any, ...]:
    return tuple(found.text for found in one.findall("voornaam")), *row(
        one, "voorletters-1", "voorvoegsel", "achternaam"
    )


def places(one: Element) -> list[tuple[str | None, ...]]:
    return [
        row(place, "soortadres", "straat", "nummer", "postcode", "plaats", "gemeente")
        for place in one.findall("adreslijst/adres")
    ]


def contacts(one: Element) -> list[tuple[str | None, ...]]:
    return [
        row(contact, "soort", "aanduiding", "nummer", "geheim", "noodnummer")
        for contact in one.findall("communicatielijst/communicatie")
    ]


def one_test(test: Element) -> tuple[Any, ...]:
    parts = [
        (part.findtext("eldonderdeelcode"), part.findtext("onderdeelnaam"), *result(part)[::2])
        for part in test.findall("toetsonderdeel")
    ]
    identity = row(test, "toetsidentificatie/eldtoetscode", "toetsidentificatie/toetsnaam")
    return *identity, *row(test, "afname/afnamedatum", "afname/jaargroep"), *result(test), parts


def result(test: Element) -> tuple[Any, ...]:
    """(score, interval, norm scores)."""
    at = "resultaat/toetsscore/"
    points = row(test, *(at + tag for tag in ("aantalopgaven", "aantalgoed", "aantalfout", "vaardigheidsscore")))
    interval = row(test, *(f"{at}betrouwbaarheidsinterval/{tag}" for tag in ("bivlaag", "bivhoog")))
    norms = [
        row(norm, "codereferentiescore", "codevergelijkingsgroep", "waarde")
        for norm in test.findall("resultaat/referentiescore")
    ]
    return points, None if interval == (None, None) else interval, norms
