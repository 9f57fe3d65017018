"""Exports that nobody can read, each in its own way (samples/kapot)."""

from dod2oso.generate.layout import layout
from dod2oso.generate.pupil import make_pupil
from dod2oso.generate.school import School

UNREADABLE, UNKNOWN = "export-onleesbaar", "export-niet-herkend"


def broken_exports() -> dict[str, tuple[bytes, str, str]]:
    """File name -> (bytes, what is wrong, finding code)."""
    chosen = layout("dod-referentie")
    school = School.numbered(25)
    head, tail = chosen.frame(school.header(chosen.version))
    whole = (head + chosen.record(make_pupil(school, 900, 1)) + tail).encode()
    record = whole.index(b"<Toetsen>")
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return {
        "afgebroken.xml": (whole[:record], "halverwege afgebroken, bijvoorbeeld door een volle schijf", UNREADABLE),
        "leeg.xml": (b"", "leeg bestand", UNREADABLE),
        "met-doctype.xml": (
            whole.replace(declared, declared + b"<!DOCTYPE DodReferentie [<!ENTITY naam 'voorbeeld'>]>\n"),
            "met DOCTYPE en entiteit; die leest dod2oso niet, om veiligheidsredenen",
            UNREADABLE,
        ),
        "verkeerde-codering.xml": (
            whole.replace(b"<Naam>", "<Naam>Café ".encode("cp1252"), 1),
            "zegt UTF-8 te zijn, maar is Windows-1252",
            UNREADABLE,
        ),
        "zonder-leerlingen.xml": ((head + tail).encode(), "een export zonder een enkele leerling", UNREADABLE),
        "zip-met-verkeerde-naam.xml": (b"PK\x03\x04" + bytes(60), "een zipbestand met de extensie .xml", UNREADABLE),
        "onbekende-indeling.xml": (
            declared + b"<Leerlingexport versie='4'><Leerling><Naam>Voorbeeld</Naam></Leerling></Leerlingexport>\n",
            "XML in een indeling waarvoor geen bronprofiel bestaat",
            UNKNOWN,
        ),
        "onbekende-versie.xml": (
            whole.replace(b'versie="1"', b'versie="9"', 1),
            "een bekende indeling in een versie die geen bronprofiel kent",
            UNKNOWN,
        ),
    }
