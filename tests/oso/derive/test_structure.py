"""Catalogue, types and code lists derived from official files against those that come with dod2oso: no difference."""

from dataclasses import replace
from pathlib import Path

import pytest

from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codelists, codes
from dod2oso.oso.derive.codes import list_of, number_lists
from dod2oso.oso.derive.problem import UnusableError
from dod2oso.oso.derive.stylesheet import Said, read_stylesheets
from dod2oso.oso.derive.take_in import carried_over
from dod2oso.oso.derive.xsd import Structure, read_structure
from dod2oso.oso.element import Element, Facets
from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.versions import VERSIONS, nearest_built_in, version
from tests.oso import standins

SPACE = "http://www.edustandaard.nl/oso_gegevensset/2031/dossier"


def flat(root: Element) -> dict[str, Element]:
    """Every element by path, in order, without what is in our own words or stands elsewhere."""
    return {one.path: replace(one, nl="", codelist=None, children=()) for one in root.walk()}


def differences(derived: Structure, said: Said, name: str) -> list[str]:
    """What derived and built-in catalogue of one version do not agree on."""
    known = catalogue(name)
    found = []
    for mine, ours in ((derived.dossier, known.root), (derived.terugkoppeling, known.terugkoppeling)):
        assert mine is not None
        one, other = flat(mine), flat(ours)
        if list(one) != list(other):
            found.append(f"order of {ours.name}")
        found += [path for path in one.keys() | other.keys() if one.get(path) != other.get(path)]
    if set(derived.roots) != {name for name in known.roots if any(name == e.name for e in known.root.walk())}:
        found.append("roots")
    if derived.aliases != known.aliases:
        found.append("aliases")
    nearest = nearest_built_in(name)
    lists = number_lists(derived, said.lists | carried_over(nearest, said.lists), catalogue(nearest))
    for root, ours in (("dossier", known.root), ("terugkoppeling", known.terugkoppeling)):
        for element in ours.walk():
            number = list_of(lists.places, f"{root}/{element.path}")
            mine_codes = set(lists.codes[number]) if number is not None else set()
            their_codes = codes(element.codelist, name) if element.codelist is not None else set()
            if mine_codes != their_codes:
                found.append(f"codes of {element.path}")
    return found


def derive(name: str, xsd: bytes) -> tuple[Structure, Said]:
    files = dict(standins.files(name, xsd))
    main = next(file for file in files if file.endswith(".xsd"))
    sheets = {file: data for file, data in files.items() if not file.endswith(".xsd")}
    return read_structure(files, main), read_stylesheets(sheets)


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize("public", [True, False], ids=["public", "ours"])
def test_nothing_differs(name: str, public: bool, request: pytest.FixtureRequest) -> None:
    """From the public XSD, and on a plain clone from the one that dod2oso generates."""
    xsd = xsd_bytes(name)
    if public:
        shared: Path = request.getfixturevalue("shared")
        xsd = next((shared / "standards" / "oso" / name).glob("*.xsd")).read_bytes()
    structure, said = derive(name, xsd)
    assert structure.problems == said.problems == []
    found = differences(structure, said, name)
    known = catalogue(name)
    print(f"{name}: {len(known.all_paths)} elements, {len(said.lists)} code lists, {len(found)} differences")  # noqa: T201  the table
    assert found == []


@pytest.mark.parametrize("name", VERSIONS[1:])
def test_numbers_of_lists_are_those_of_the_version_before(name: str) -> None:
    structure, said = derive(name, xsd_bytes(name))
    lists = number_lists(structure, said.lists, catalogue(nearest_built_in(name)))
    before = {number for number in codelists() if codes(number, nearest_built_in(name))}
    for number in before & lists.codes.keys():
        assert set(lists.codes[number]) == codes(number, name)


@pytest.mark.parametrize("name", ["2016.1", "2017.1", "2018.1", "2019.1"])
def test_fixed_values(name: str) -> None:
    _, said = derive(name, xsd_bytes(name))
    assert said.fixed["validatieversie"] == version(name).validatieversie


# --- what an XSD may hold besides ---


def schema(body: str, head: str = "") -> bytes:
    return f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{SPACE}" xmlns="{SPACE}"
      elementFormDefault="qualified">{head}
      <xs:element name="dossier"><xs:complexType>{body}</xs:complexType></xs:element>
    </xs:schema>""".encode()


def read(body: str, head: str = "") -> Structure:
    return read_structure({"a.xsd": schema(body, head)}, "a.xsd")


def test_limits_of_several_types_add_up() -> None:
    head = """<xs:simpleType name="kort"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="korter"><xs:restriction base="kort"><xs:maxLength value="5"/></xs:restriction>
      </xs:simpleType>"""
    found = read('<xs:sequence><xs:element name="a" type="korter" minOccurs="2" maxOccurs="7"/></xs:sequence>', head)
    element = found.dossier.children[0]
    assert (element.facets, element.min, element.max) == (Facets(1, 5), 2, 7)
    assert found.problems == []


def test_an_enumeration_is_a_code_list() -> None:
    found = read(
        """<xs:sequence><xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="x"/><xs:enumeration value="y"/></xs:restriction>
        </xs:simpleType></xs:element></xs:sequence>"""
    )
    lists = number_lists(found, {}, catalogue("2019.1"))
    assert list(lists.codes.values()) == [("x", "y")]
    assert list_of(lists.places, "dossier/a") is not None


def test_labels_and_numbers_come_from_the_documentation() -> None:
    element = """<xs:element name="soortadres" type="xs:string"><xs:annotation>
      <xs:documentation source="semantiek">Soort adres. Nog meer.</xs:documentation>
      <xs:documentation source="implementatie">Waarde volgens codelijst “19. Soort adres”</xs:documentation>
    </xs:annotation></xs:element>"""
    found = read(f"<xs:sequence>{element}</xs:sequence>")
    assert found.dossier.children[0].nl == "Soort adres"
    assert found.lists == {"soortadres": 19}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<xs:all><xs:element name="a" type="xs:string"/></xs:all>', "all"),
        ("<xs:sequence><xs:any/></xs:sequence>", "any"),
        ('<xs:sequence><xs:element name="a" type="xs:gYear"/></xs:sequence>', "xs:gYear"),
        ('<xs:sequence><xs:element name="a" type="xs:string" fixed="1"/></xs:sequence>', "@fixed"),
        (
            """<xs:sequence><xs:element name="a"><xs:simpleType><xs:union memberTypes="xs:date xs:string"/>
            </xs:simpleType></xs:element></xs:sequence>""",
            "union",
        ),
        (
            """<xs:choice><xs:sequence><xs:element name="a" type="xs:string"/><xs:choice minOccurs="0">
            <xs:element name="b" type="xs:string"/><xs:element name="c" type="xs:string"/></xs:choice></xs:sequence>
            <xs:element name="d" type="xs:string"/></xs:choice>""",
            "choice in choice",
        ),
        (
            """<xs:sequence><xs:element name="a"><xs:simpleType><xs:restriction base="xs:decimal">
            <xs:fractionDigits value="1"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>""",
            "fractionDigits",
        ),
        *(
            (
                f"""<xs:sequence><xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">
                <xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>""",
                "pattern",
            )
            for pattern in (r"\p{Lu}+", r"[\i-[:]][\c-[:]]*", "[A-Z-[AEIOU]]+", r"\w+", "^a$", r"\p{IsBasicLatin}*")
        ),
    ],
)
def test_what_the_catalogue_cannot_hold_is_named(body: str, what: str) -> None:
    found = read(body)
    assert what in [problem.what for problem in found.problems]


def test_a_type_that_holds_itself_ends() -> None:
    head = """<xs:complexType name="blok"><xs:sequence><xs:element name="blok" type="blok" minOccurs="0"/></xs:sequence>
      </xs:complexType>"""
    found = read('<xs:sequence><xs:element name="blok" type="blok"/></xs:sequence>', head)
    assert "recursie" in [problem.what for problem in found.problems]


@pytest.mark.parametrize("pattern", [r"\d{4}-07-31", r"\p{Nd}{2}[A-Z]{2}", r"[^@]+@[^@]+", r"(a|b\.c)?", "[0-9 +()-]*"])
def test_a_pattern_that_means_the_same_in_python_is_held(pattern: str) -> None:
    found = read(
        f"""<xs:sequence><xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">
        <xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>"""
    )
    assert found.problems == []
    assert found.dossier.children[0].facets.pattern == pattern


def test_the_namespace_of_xml_itself_may_be_imported() -> None:
    head = (
        '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>'
    )
    assert read('<xs:sequence><xs:element name="a" type="xs:date"/></xs:sequence>', head).problems == []


INCLUDING = schema('<xs:sequence><xs:element ref="a"/></xs:sequence>', '<xs:include schemaLocation="../deel/b.xsd"/>')
PART = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="xs:date"/></xs:schema>'


def test_what_is_included_is_put_in_place() -> None:
    found = read_structure({"x/a.xsd": INCLUDING, "deel/b.xsd": PART}, "x/a.xsd")
    assert found.dossier.children[0].type == "date"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"x/a.xsd": INCLUDING}, "xsd-include-outside"),
        ({"x/a.xsd": INCLUDING.replace(b"xs:include", b"xs:redefine"), "deel/b.xsd": PART}, "xsd-not-taken-in"),
        ({"x/a.xsd": INCLUDING.replace(b"xs:include", b"xs:import"), "deel/b.xsd": PART}, "xsd-not-taken-in"),
        ({"x/a.xsd": b"<xs:schema"}, "xsd-no-xml"),
        ({"x/a.xsd": b"<html/>"}, "xsd-no-schema"),
        ({"x/a.xsd": PART}, "xsd-no-dossier"),
        ({"x/a.xsd": schema('<xs:sequence><xs:element ref="er-niet"/></xs:sequence>')}, "xsd-unknown-name"),
    ],
)
def test_nothing_can_be_derived(files: dict[str, bytes], code: str) -> None:
    with pytest.raises(UnusableError) as raised:
        read_structure(files, "x/a.xsd")
    assert raised.value.code == code


# --- code lists in stylesheets ---


def sheet(test: str, select: str = "/descendant::*/od:a/od:b") -> dict[str, bytes]:
    return {
        "m.xsl": f"""<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:od="{SPACE}">
        <xsl:template name="x"><xsl:for-each select="{select}"><xsl:if test="{test}"/></xsl:for-each></xsl:template>
        </xsl:stylesheet>""".encode()
    }


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("not(text()='1') and not(text()='2')", ("1", "2")),
        ("not(text()='en')\n and not(.=&quot;a and b&quot;)", ("en", "a and b")),
        ("not(text()='alleen')", ("alleen",)),
    ],
)
def test_code_lists_are_read(test: str, expected: tuple[str, ...]) -> None:
    assert read_stylesheets(sheet(test)).lists == {("a", "b"): expected}


def test_codes_in_another_form_are_named_and_not_guessed() -> None:
    said = read_stylesheets(sheet("not(text()='1') and string-length(.) = 2"))
    assert said.lists == {}
    assert [problem.code for problem in said.problems] == ["codes-not-understood"]


def test_a_pattern_test_is_no_code_list() -> None:
    said = read_stylesheets(sheet("not(matches(text(), '[0-9]{4}-07-31'))"))
    assert (said.lists, said.problems) == ({}, [])


def test_two_stylesheets_that_contradict_each_other() -> None:
    said = read_stylesheets(sheet("not(text()='1')") | {"n.xsl": sheet("not(text()='2')")["m.xsl"]})
    assert [problem.code for problem in said.problems] == ["codes-contradict"]


def test_two_lists_of_one_number_are_kept_apart() -> None:
    found = read(
        """<xs:sequence><xs:element name="a" type="xs:string"/><xs:element name="b" type="xs:string"/></xs:sequence>"""
    )
    found.lists.update({"a": 19, "b": 19})
    lists = number_lists(found, {("dossier", "a"): ("1",), ("dossier", "b"): ("2",)}, catalogue("2019.1"))
    assert list_of(lists.places, "dossier/a") == 19
    assert list_of(lists.places, "dossier/b") != 19
