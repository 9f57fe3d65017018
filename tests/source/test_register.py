"""The school register: which schools are expected, and the files of DUO as they are published."""

from datetime import date
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.source.register import Register, read_register
from tests.corpus.kit import write
from tests.refusals import refused

# As DUO publishes them: the headers of older and of newer files, Windows-1252, ends of lines of Windows.
OLD = (
    "PROVINCIE;BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;STRAATNAAM;HUISNUMMER-TOEVOEGING;"
    "POSTCODE;PLAATSNAAM;GEMEENTENUMMER;GEMEENTENAAM;DENOMINATIE;TELEFOONNUMMER;INTERNETADRES;"
    "STRAATNAAM CORRESPONDENTIEADRES;"
    "HUISNUMMER-TOEVOEGING CORRESPONDENTIEADRES;POSTCODE CORRESPONDENTIEADRES;"
    "PLAATSNAAM CORRESPONDENTIEADRES\r\n"
    "Proefland;99999;99XA;99XA00;Café de Eik;Molenweg;9-11a;1363 AB;VOORBEELDSTAD;0001;Voorbeeldstad;Openbaar;"
    "0100000267;www.eik.example.org;Postbus;12;1363 AC;VOORBEELDSTAD\r\n"
    "Proefland;99999;99XB;99XB01;De Linde;Schoolpad;5;geen;PROEFDORP;0001;Voorbeeldstad;Openbaar;;;;;;\r\n"
)
NEW = OLD.replace("BRIN NUMMER;VESTIGINGSNUMMER", "INSTELLINGSCODE;VESTIGINGSCODE")


def duo(folder: Path, text: str = OLD, name: str = "02. Alle schoolvestigingen basisonderwijs.csv") -> Path:
    return write(folder / name, text.encode("cp1252"))


def own(folder: Path, text: str) -> Path:
    return write(folder / "scholen.csv", text)


@pytest.mark.parametrize("text", [OLD, NEW])
def test_a_file_of_duo_is_a_register_as_it_is(tmp_path: Path, text: str) -> None:
    register = read_register(duo(tmp_path, text))
    assert set(register.schools) == {("99XA", "00"), ("99XB", "01")} and not register.expected
    school = register.schools["99XA", "00"]
    assert school.fields["naam"].value == "Café de Eik"
    visit, post = school.lists["adressen"]
    assert [visit.fields[name].value for name in ("straat", "nummer", "toevoeging", "plaats")] == [
        "Molenweg", "9", "11a", "VOORBEELDSTAD",
    ]  # fmt: skip
    assert post.fields["nummer"].value == "12"
    [other] = register.schools["99XB", "01"].lists["adressen"]
    assert "postcode" not in other.fields  # it cannot be one, and stops no other school


def test_behind_a_register_it_fills_in_and_expects_nobody(tmp_path: Path) -> None:
    text = "brin;vestiging;naam;aanleverpunt;verwacht;contactpersoon;contactmail;leverancier;deadline\n" + (
        "99XA;;De Eik;00;25;Directie;eik@example.org;Pakket;24-03-2027\n99XQ;;;00;;;;;\n"
    )
    register = read_register(own(tmp_path, text), [duo(tmp_path)])
    assert set(register.schools) == {("99XA", "00"), ("99XB", "01"), ("99XQ", "00")}
    eik, unknown = register.expected.values()
    assert (eik.name, eik.pupils, eik.vendor, eik.mail) == ("De Eik", 25, "Pakket", "eik@example.org")
    assert eik.deadline == date(2027, 3, 24) and not eik.unlisted and unknown.unlisted
    school = register.schools["99XA", "00"]
    assert school.fields["naam"].value == "De Eik" and school.lists["adressen"][0].fields["straat"].value == "Molenweg"


def test_the_same_school_twice_counts_once_and_with_something_else_is_refused(tmp_path: Path) -> None:
    text = "brin;vestiging;naam\n99XA;00;De Eik\n99xa;0;De Eik\n"
    assert len(expected(tmp_path, text).expected) == 1
    with refused(ConfigurationError, "register-double"):
        expected(tmp_path, text + "99XA;00;De Beuk\n")


def expected(folder: Path, text: str) -> Register:
    return read_register(own(folder, text))


@pytest.mark.parametrize(
    ("column", "text"), [("verwacht", "veel"), ("verwacht", "-3"), ("deadline", "morgen"), ("deadline", "31-02-2027")]
)
def test_what_cannot_be_is_told_with_its_row(tmp_path: Path, column: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        expected(tmp_path, f"brin;{column}\n99XA;{text}\n")
    assert raised.value.code == "register-value-implausible" and "rij 2" in raised.value.text("nl")


def test_a_register_without_schools_expects_none(tmp_path: Path) -> None:
    assert expected(tmp_path, "brin;vestiging;naam;verwacht\n") == Register({}, {})
