"""What is secret stays home: addresses of pupil and carers, numbers, e-mail addresses; per version."""

import pytest

from tests.corpus.kit import PAIRS
from tests.mapping.kit import L, Mapped, mapped

VERSIONS = sorted({version for version, _transfer in PAIRS})
MASKED = [version for version in VERSIONS if version not in ("1.1.1", "1.2.2")]
ADDRESS = {"straat": "Teststraat", "nummer": "1", "postcode": "1234AB", "plaats": "Teststad"}
CARER = {
    "verzorgers[0].achternaam": "Voorbeeld",
    "verzorgers[0].wettigevertegenwoordiger": "true",
    **{f"verzorgers[0].adressen[0].{name}": value for name, value in ADDRESS.items()},
}
PUPIL = {f"leerling.adressen[0].{name}": value for name, value in ADDRESS.items()}
ABROAD = {"leerling.adresbuitenland[0].regel": "Teststraat 1"}


def texts(result: Mapped) -> str:
    return repr(result.nodes)


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_a_secret_address_of_the_pupil_is_nowhere(version: str, transfer: str) -> None:
    result = mapped({"leerling.adresgeheim": "true", **PUPIL, **ABROAD, **CARER}, version, transfer)
    assert "Teststraat" not in texts(result)
    assert "1234AB" not in texts(result)
    for field in ADDRESS:
        assert result.end(f"leerling.adressen[].{field}") == ("dropped", "geheim-adres")
        assert result.end(f"verzorgers[].adressen[].{field}") == ("dropped", "geheim-adres")
    assert result.one(f"{L}/verzorger/achternaam") == "Voorbeeld"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_carers_own_secret_address_keeps_only_that_one_home(version: str) -> None:
    other = {key.replace("[0].", "[1].", 1): value for key, value in CARER.items()}
    result = mapped({"verzorgers[0].adresgeheim": "true", **PUPIL, **CARER, **other}, version)
    assert len(result.at(f"{L}/verzorger/adreslijst/adres/straat")) == 1
    assert len(result.at(f"{L}/adreslijst/adres/straat")) == 1
    assert result.ends("verzorgers[].adressen[].straat") == [("dropped", "geheim-adres"), ("mapped", "")]


@pytest.mark.parametrize("flag", ["false", None])
def test_an_address_that_is_not_secret_goes(flag: str | None) -> None:
    given = PUPIL | CARER | ({"leerling.adresgeheim": flag, "verzorgers[0].adresgeheim": flag} if flag else {})
    result = mapped(given)
    assert (
        result.one(f"{L}/adreslijst/adres/straat")
        == result.one(f"{L}/verzorger/adreslijst/adres/straat")
        == "Teststraat"
    )


def phone(kind: str = "telefoon", number: str = "0101234567", hidden: str | None = "true") -> dict[str, str]:
    given = {"leerling.communicatie[0].soort": kind, "leerling.communicatie[0].nummer": number}
    return given | ({"leerling.communicatie[0].geheim": hidden} if hidden else {})


@pytest.mark.parametrize("version", MASKED)
@pytest.mark.parametrize(
    ("kind", "number", "mask"),
    [
        ("telefoon", "0101234567", "9999999999"), ("mobiel", "0612345678", "9999999999"),
        ("e-mail", "test@example.org", "geheim@geheim.geheim"),
    ],
)  # fmt: skip
def test_a_secret_number_is_masked_where_a_mask_exists(version: str, kind: str, number: str, mask: str) -> None:
    result = mapped(phone(kind, number), version)
    assert result.one(f"{L}/communicatielijst/communicatie/nummer") == mask
    assert result.one(f"{L}/communicatielijst/communicatie/geheim") == "true"
    assert number not in texts(result)
    assert result.end("leerling.communicatie[].nummer") == ("lossy", "")


@pytest.mark.parametrize("version", ["1.1.1", "1.2.2"])
@pytest.mark.parametrize("kind", ["telefoon", "mobiel", "e-mail", "fax"])
def test_a_secret_number_stays_home_where_no_mask_exists(version: str, kind: str) -> None:
    result = mapped(phone(kind), version)
    assert not result.at(f"{L}/communicatielijst")
    assert result.end("leerling.communicatie[].nummer") == ("dropped", "geheim-nummer")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hidden", ["false", None])
def test_a_number_that_is_not_secret_goes(version: str, hidden: str | None) -> None:
    result = mapped(phone(hidden=hidden), version)
    assert result.one(f"{L}/communicatielijst/communicatie/nummer") == "0101234567"
    assert result.end("leerling.communicatie[].nummer") == ("mapped", "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_carers_secret_number_is_treated_alike(version: str) -> None:
    given = {
        key.replace("leerling.communicatie", "verzorgers[0].communicatie"): value for key, value in phone().items()
    }
    result = mapped(CARER | given, version)
    assert "0101234567" not in texts(result)
    masked = result.at(f"{L}/verzorger/communicatielijst/communicatie/nummer")
    assert masked == (["9999999999"] if version in MASKED else [])


def test_fax_has_no_place_since_2016() -> None:
    assert mapped(phone("fax", hidden=None), "1.2.2").one(f"{L}/communicatielijst/communicatie/soort") == "fax"
    result = mapped(phone("fax", hidden=None), "2016.1")
    assert not result.at(f"{L}/communicatielijst")
    assert result.end("leerling.communicatie[].nummer") == ("dropped", "geen-plaats")
