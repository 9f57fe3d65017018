"""Exports that nobody can read, each in its own way, and some that can be read only in part (samples/kapot)."""

import io
import zipfile

from dod2oso.generate.layout import layout
from dod2oso.generate.pupil import make_pupil
from dod2oso.generate.school import School

UNREADABLE, UNKNOWN = "export-onleesbaar", "export-niet-herkend"
_DAY = (2025, 6, 1, 12, 0, 0)  # no clock in our output


def partly_readable() -> dict[str, tuple[dict[str, bytes], str, tuple[str, ...]]]:
    """File or folder name -> (bytes by file within, "" for the file itself; what is wrong; finding codes)."""
    chosen = layout("dod-referentie")
    school = School.numbered(25)
    head, tail = chosen.frame(school.header(chosen.version))
    whole = head + chosen.record(make_pupil(school, 900, 1)) + tail
    return {
        "verkeerde-codering.xml": (
            {"": whole.replace("<Naam>", "<Naam>Café ", 1).encode("cp1252")},
            "zegt UTF-8 te zijn, maar is Windows-1252: alleen de waarden met een é zijn niet te lezen",
            ("tekst-onleesbaar",),
        ),
        "losse-rijen": (
            {
                "school.csv": b"layoutversie;naam;brin;vestiging\n1;De Proef;99ZX;00\n",
                "leerlingen.csv": b"leerlingid;achternaam;geboortedatum\n1;Voorbeeld;01-02-2012\n"
                b"3;Tweeling;03-02-2012\n3;Tweelinck;04-02-2012\n",
                "toetsen.csv": b"leerlingid;code;afnamedatum\n1;REK;01-02-2024\n2;REK;01-02-2024\n3;REK;01-02-2024\n",
            },
            "CSV-bestanden waarin een toets bij geen enkele leerling hoort, en een andere bij twee kan horen",
            ("rij-zonder-leerling", "sleutel-dubbel", "leerlingnummer-dubbel"),
        ),
        "bijlagen.zip": (
            {"": _zip_with_strays()},
            "een zip waarin een genoemde bijlage ontbreekt, en een andere bij niemand hoort",
            ("bijlage-ontbreekt", "bijlage-zonder-leerling"),
        ),
    }


def _zip_with_strays() -> bytes:
    chosen = layout("xml-with-pin")
    school = School.numbered(26)
    head, tail = chosen.frame(school.header(chosen.version))
    record = chosen.record(make_pupil(school, 901, 1))
    place = record.rindex("</LLN>")
    named = "<BJLGN><BIJL><NAAM>rapport.pdf</NAAM><BESTAND>bijlagen/rapport.pdf</BESTAND></BIJL></BJLGN>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in (
            ("overdracht.xml", (head + record[:place] + named + record[place:] + tail).encode()),
            ("bijlagen/van-niemand.pdf", b"%PDF-1.4 voorbeeld"),
        ):
            archive.writestr(zipfile.ZipInfo(name, _DAY), data)
    return packed.getvalue()


def broken_exports() -> dict[str, tuple[bytes, str, str]]:
    """File name -> (bytes, what is wrong, finding code); nothing of these is converted."""
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
