"""The writer: every text survives, the same nodes give the same bytes, and it is quick."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.xml import UNWRITABLE
from dod2oso.oso.schema import schema
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import VERSIONS, version
from dod2oso.oso.writer import Node, UnwritableTextError, write_dossier
from tests.oso.dossiers import full_nodes

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(lambda text: not UNWRITABLE.search(text))
NAME = st.sampled_from(["naam", "voorletters-1", "documentLijst", "land"])
LEAF = st.tuples(NAME, TEXT) | st.tuples(NAME, TEXT, st.dictionaries(NAME, TEXT, max_size=3))
NODES = st.lists(
    st.recursive(LEAF, lambda inner: st.tuples(NAME, st.lists(inner, min_size=1, max_size=4)), max_leaves=12),
    max_size=4,
)


def read(element: etree._Element) -> Node:
    """An element back to a node."""
    name = etree.QName(element).localname
    if len(element):
        return name, [read(child) for child in element]
    if element.attrib:
        return name, element.text or "", {str(key): str(value) for key, value in element.attrib.items()}
    return name, element.text or ""


def without_empty_attributes(node: Node) -> Node:
    if isinstance(node[1], list):
        return node[0], [without_empty_attributes(child) for child in node[1]]
    return node[:2] if len(node) == 3 and not node[2] else node


@given(nodes=NODES, name=st.sampled_from(VERSIONS))
def test_text_survives_to_the_character(nodes: list[Node], name: str) -> None:
    data = write_dossier(name, nodes)
    root = xmlsafe.parse_bytes(data)
    assert root.tag == f"{{{version(name).namespace}}}dossier"
    assert [read(child) for child in root] == [without_empty_attributes(node) for node in nodes]
    assert write_dossier(name, nodes) == data


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_refused_without_showing_the_value(character: str) -> None:
    for node in (("naam", f"geheim{character}"), ("land", "6030", {"omschrijving": f"geheim{character}"})):
        with pytest.raises(UnwritableTextError) as raised:
            write_dossier("2019.1", [node])
        assert "geheim" not in str(raised.value)
        assert f"U+{ord(character):04X}" in str(raised.value)


def test_form() -> None:
    nodes: list[Node] = [
        ("metadata", [("pakketnaam", 'A & B < C > "D"'), ("pakketversie", "")]),
        ("land", "6030", {"omschrijving": 'N"l\n'}),
    ]
    assert write_dossier("2019.1", nodes).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dossier xmlns="http://www.edustandaard.nl/oso_gegevensset/2019/dossier">\n'
        "  <metadata>\n"
        '    <pakketnaam>A &amp; B &lt; C &gt; "D"</pakketnaam>\n'
        "    <pakketversie></pakketversie>\n"
        "  </metadata>\n"
        '  <land omschrijving="N&quot;l&#10;">6030</land>\n'
        "</dossier>\n"
    )


@pytest.mark.parametrize(("name", "overstap"), [(v, t) for t in TRANSFERS for v in transfer(t).versions], ids="-".join)
def test_written_dossiers_pass_the_schema(name: str, overstap: str) -> None:
    root = xmlsafe.parse_bytes(write_dossier(name, full_nodes(name, overstap)))
    assert schema(name).validate(root)
