"""JSON as XML: what stands in it, once each; what is no JSON, with its line."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import MARK
from dod2oso.source.jsonxml import MAX_DEPTH, open_json
from dod2oso.source.oddtext import NUMBER


def read(text: str | bytes, *, lines: bool = False, encoding: str | None = None) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    with open_json(lambda: io.BytesIO(data), lines=lines, encoding=encoding) as stream:
        return stream.read().decode().replace(NUMBER, "")


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ('{"school":{"brin":"99XX"}}', "<json><school><brin>99XX</brin></school></json>"),
        ('{"leerling":[{"a":1},{"a":2}]}', "<json><leerling><a>1</a></leerling><leerling><a>2</a></leerling></json>"),
        ('[{"a":true},{"a":false}]', "<json><item><a>true</a></item><item><a>false</a></item></json>"),
        ('{"a":null,"b":[],"c":{},"d":""}', "<json><c></c><d></d></json>"),
        ('{"rij":[[1,2],[3]]}', "<json><rij><item>1</item><item>2</item></rij><rij><item>3</item></rij></json>"),
        ('{"groep 8":"x","5e":"y"}', '<json><groep_8>x</groep_8><key name="5e">y</key></json>'),
        (
            '{"a":1.50,"b":-0.5,"c":12345678901234567890}',
            "<json><a>1.50</a><b>-0.5</b><c>12345678901234567890</c></json>",
        ),
        ('{"a":1e3,"b":1E99}', "<json><a>1000</a><b>1E+99</b></json>"),
        ('{"a":"x < y & z"}', "<json><a>x &lt; y &amp; z</a></json>"),
        (r'{"a":"\ud83d\ude00 \\ud800 \"q\""}', '<json><a>\U0001f600 \\ud800 "q"</a></json>'),
        ("\ufeff \n{}\n\0\0", "<json></json>"),
    ],
)
def test_what_it_says(text: str, xml: str) -> None:
    assert read(text) == xml


@pytest.mark.parametrize("half", [r"\ud800", r"\udc00", r"\ud800\u0041", r"x\\\ud800", r"\u0000", r"\u0007"])
def test_what_is_no_character_is_marked(half: str) -> None:
    assert MARK in read(f'{{"a":"{half}"}}')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
def test_encodings(encoding: str) -> None:
    data = '{"a":"Zoë"}'.encode(encoding)
    said = encoding if encoding == "windows-1252" else None
    assert read(data, encoding=said) == "<json><a>Zoë</a></json>"
    assert MARK in read('{"a":"Zoë"}'.encode("latin-1"))


def test_a_document_per_line() -> None:
    assert read('{"a":1}\n\n{"a":[2]}\n', lines=True) == "<json><item><a>1</a></item><item><a>2</a></item></json>"


def test_keys_that_are_data_are_values_and_no_names() -> None:
    xml = read('{"leerlingen":{"10200":{"naam":"x"},"Jan de Vries":{"naam":"y"},"1&2":"z"}}')
    names = [each.get("name") for each in etree.fromstring(xml).iter("key")]
    assert names == ["10200", "Jan de Vries", "1&2"]


@pytest.mark.parametrize("text", ['{"naam":1,"naam":2}', '{"a b":1,"a_b":2}', '[{"x":1},{"y":{"z":1,"z":1}}]'])
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(ExportError) as raised:
        read(text)
    assert raised.value.message.key == "export-beschadigd.json-key"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a":\n\n1,}', 3),
        ('{"a":1', 1),
        ('{"a":[\n1,\n2\n', 4),
        ('{"a":1}\n{"b":2}', 2),
        ('{"a":NaN}', 1),
        ("{'a':1}", 1),
        ('{"a":01}', 1),
        ('{"a":1 /* x */}', 1),
        ('[\n"' + "x" * 200_000 + '",\n\n{]', 4),
        ('{"a":' + "9" * 5000 + "}", 1),
        ("", 1),
    ],
)
def test_damage_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ExportError) as raised:
        read(text)
    assert raised.value.message.key == "export-beschadigd.json"
    assert f"regel {line}:" in raised.value.text("nl")


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 5000, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)])
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(ExportError) as raised:
        read(text)
    assert raised.value.message.key == "export-te-groot.depth"


# --- properties ---

KEYS = st.sampled_from(["naam", "brin", "toets", "score", "datum", "12", "Jan Jansen"])
SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=12)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def scalars(tree: Any) -> Iterator[str]:
    """The values of a tree, in order, as text; keys that are data too."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if value is not None and key in ("12", "Jan Jansen"):
                yield from (key for _each in range(len(value) if isinstance(value, list) else 1))
            yield from scalars(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from scalars(value)
    elif tree is not None:
        yield {True: "true", False: "false"}[tree] if isinstance(tree, bool) else str(tree)


@given(
    tree=st.lists(TREES, max_size=4) | st.dictionaries(KEYS, TREES, max_size=4),
    indent=st.sampled_from([None, 2]),
    ascii=st.booleans(),
)
def test_every_value_comes_once_and_in_order(tree: Any, indent: int | None, ascii: bool) -> None:
    wanted = [text for text in scalars(tree) if text.isprintable() and text.strip()]
    root = etree.fromstring(read(json.dumps(tree, indent=indent, ensure_ascii=ascii)))
    found: list[str] = []
    for element in root.iter():
        found += [text for text in (element.get("name"), element.text) if text is not None]
    # A null under such a key, and a list in it, has the key as often as the list has values; so compare what both have.
    plain = [text for text in found if text.isprintable() and text.strip()]
    keys = {"12", "Jan Jansen"}
    assert [text for text in plain if text not in keys] == [text for text in wanted if text not in keys]


@given(st.text(alphabet='\\ud8003x"[]{}:,1\n\0', max_size=60), st.integers(1, 9))
def test_anything_is_read_or_refused(text: str, times: int) -> None:
    try:
        etree.fromstring(read(text * times))
    except ExportError as error:
        assert error.code.startswith("export-")
