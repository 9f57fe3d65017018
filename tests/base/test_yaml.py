"""YAML 1.2 as people expect it: codes stay text, a key stands once, every error names its line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.yaml import load, loads
from tests.refusals import refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # what YAML 1.1 (PyYAML) would turn into something else
        ("NO", "NO"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("yes", "yes"), ("y", "y"),
        ("1_000", "1_000"), ("0o17", "0o17"), ("0x1F", "0x1F"), ("1:30", "1:30"), ("2010-05-01", "2010-05-01"),
        ("1e3", "1e3"), (".5", ".5"), ("~x", "~x"), ("010", "010"), ("08", "08"), ("Null", "Null"), ("TRUE", "TRUE"),
        # what is something else
        ("12", 12), ("-3", -3), ("0", 0), ("0.30", 0.3), ("true", True), ("false", False), ("null", None), ("~", None),
        ("", None),
        # what is quoted is text
        ('"12"', "12"), ("'true'", "true"), ('"0.30"', "0.30"), ("'~'", "~"), ('""', ""), ("|\n  12\n", "12\n"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: Any) -> None:
    found = loads(f"a: {text}", "x.yaml").data["a"]
    assert found == value
    assert type(found) is type(value)


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\\ufeff\u2028\u2029\ufffe\uffff'),
        max_size=20,
    )
)
def test_whatever_is_quoted_is_itself(text: str) -> None:
    assert loads(f'- "{text}"', "x.yaml").data == [text]


def test_keys_are_text() -> None:
    assert loads('{010: a, NO: b, true: c, "1": d, 2016.1: e}', "x.yaml").data == {
        "010": "a", "NO": "b", "true": "c", "1": "d", "2016.1": "e",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", "a: 1\nb: {c: 1,\n d: 2,\n\n c: 3}\n"])
def test_a_key_that_stands_twice(text: str) -> None:
    with refused(ConfigurationError, "yaml-double-key", file="x.yaml", line=5, key="c") as error:
        loads(text, "x.yaml")
    assert error.value.text("en").startswith("x.yaml:5: the key 'c'")


def test_lines() -> None:
    file = loads("a: 1\nb:\n  - x\n  - c: 2\n\n    d: 3\n", "x.yaml")
    assert [file.line(path) for path in [("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "d")]] == [1, 2, 3, 4, 6]
    assert file.line(("b", 1, "nergens", 5)) == 4  # the nearest that is there
    assert file.line(("nergens",)) == file.line(()) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: [1, 2\n", 3), ("a: 1\n  b: 2\n", 2), ("a: 'x\n", 2), ("a: \tb\n\t- c", 2), ("a: *x\n", 1)],
)
def test_what_is_no_yaml(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"x\.yaml:{line}: geen geldige YAML"):
        loads(text, "x.yaml")


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n"])
def test_a_knot(text: str) -> None:
    with refused(ConfigurationError, "yaml-too-deep", file="x.yaml"):
        loads(text, "x.yaml")


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "yaml-too-large"),
        (BOMB + "? *a11\n: 1\n", "yaml-too-large"),
        ("? [a]\n: 1\n", "yaml-key-wrong"),
        ("[" * 900 + "]" * 900, "yaml-too-deep"),
        ("a: &a [*a]\n", "yaml-too-deep"),
    ],
)
def test_what_references_and_nesting_make_of_a_small_file_is_bounded(text: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loads(text, "x.yaml")
    assert caught.value.code == code


def test_merge_keys_and_tags_do_nothing_special() -> None:
    assert loads("a: &x {b: 1}\nc: {<<: *x}\n", "x.yaml").data["c"] == {"<<": {"b": 1}}
    assert loads("a: !!python/object/apply:os.getcwd []\n", "x.yaml").data == {"a": []}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "oud.yaml").write_bytes("naam: café".encode("cp1252"))
    for name in ("oud.yaml", "nergens.yaml", ""):
        with pytest.raises(ConfigurationError, match=name or "Error"):
            load(tmp_path / name)
    (tmp_path / "leeg.yaml").write_text("")
    assert load(tmp_path / "leeg.yaml").data is None
