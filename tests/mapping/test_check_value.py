"""Whether a value may stand in an OSO field: our check per value says what the schema would say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.findings.catalogue import entries
from dod2oso.mapping.check_value import value_check
from dod2oso.oso.catalogue import Element, catalogue
from dod2oso.oso.versions import VERSIONS

FIELDS = {(version, element.path): element for version in VERSIONS for element in catalogue(version).fields()}
KINDS = {
    (element.type, element.facets, element.codelist, version): element for (version, _p), element in FIELDS.items()
}
texts = st.one_of(
    st.text(min_size=1, max_size=40),
    st.from_regex(r"[0-9A-Za-z.,+\- ]{1,14}", fullmatch=True),
    st.sampled_from(
        ["true", "ja", "2010-05-01", "2010-00-00", "2010-02-30", "99XX", "00", "1", "9" * 5000, "-1", "1.5", "x" * 3000]
    ),
)


def check_of(element: Element, version: str):  # type: ignore[no-untyped-def]
    return value_check(element, version) or (lambda _value: None)


@settings(max_examples=60)
@given(texts)
def test_no_text_makes_a_check_stumble(text: str) -> None:
    for (_type, _facets, _codelist, version), element in KINDS.items():
        problem = check_of(element, version)(text)
        assert problem is None or problem in entries()


@pytest.mark.parametrize(
    ("path", "good", "bad", "code"),
    [
        ("huidigeschool/brincode", "99XX", "99xx", "vorm-onjuist"),
        ("huidigeschool/vestigingscode", "01", "1", "vorm-onjuist"),
        ("huidigeschool/leerling/geboortedatum", "2010-05-01", "2010-05-32", "datum-onleesbaar"),
        ("huidigeschool/leerling/geboortedatum", "2010-05-01", "2010-05-00", "datum-onvolledig"),
        ("huidigeschool/leerling/geboortedatum", "2010-05-01", "20100501", "datum-onleesbaar"),
        ("huidigeschool/leerling/geboortedatum", "2010-05-01", "2010-W01-1", "datum-onleesbaar"),
        ("huidigeschool/leerling/adresgeheim", "true", "ja", "ja-nee-onleesbaar"),
        ("huidigeschool/leerling/geslacht", "1", "3", "code-niet-in-lijst"),
        ("huidigeschool/leerling/adreslijst/adres/locatieomschrijving", "x" * 35, "x" * 36, "tekst-te-lang"),
        (
            "huidigeschool/leerling/toetslijst/toets/resultaat/toetsscore/vaardigheidsscore",
            "80.5",
            "80,5",
            "getal-onleesbaar",
        ),
        ("huidigeschool/leerling/toetslijst/toets/resultaat/toetsscore/aantalgoed", "3", "3.5", "getal-onleesbaar"),
    ],
)
def test_each_kind_of_check(path: str, good: str, bad: str, code: str) -> None:
    element = catalogue("2019.1").at(path)
    assert element is not None
    check = check_of(element, "2019.1")
    assert (check(good), check(bad)) == (None, code)
