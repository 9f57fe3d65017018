"""Every text is there in both languages, with the values that the code gives, and none is left over."""

import ast
import pickle
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import dod2oso
from dod2oso.base import errors
from dod2oso.base.texts import FILES, Text, templates
from dod2oso.base.yaml import load

PACKAGE = Path(dod2oso.__file__).parent
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
# What makes a text of its first text argument, and the values it adds itself.
MAKERS: dict[str, set[str]] = {
    **{name: set() for name in (*sorted(ERRORS), "Text", "ExpressionError")},
    "say": set(),
    "fail": {"place"},  # base/models.py
    "_fail": {"seen"},  # oso/rules/expression.py
    "_wrong": {"mapping"},  # mapping/compile.py
    "_at": {"mapping", "path"},
    "problem": {"limit", "whole", "part"},  # source/container/problems.py
}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def constants() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path, node


def made() -> Iterator[tuple[str, str, str, set[str]]]:
    """Each text that the code makes of a constant key: where, by what, the key and the names of its values."""
    for path, node in constants():
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in MAKERS or any(keyword.arg is None for keyword in node.keywords):
            continue
        given = {keyword.arg for keyword in node.keywords if keyword.arg}
        for key in next(filter(None, map(keys, node.args)), []):
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}", name, key, given


def keys(argument: ast.expr) -> list[str]:
    """The constant texts that an argument can be: one, or both ends of `a if c else b`."""
    if isinstance(argument, ast.IfExp):
        return keys(argument.body) + keys(argument.orelse)
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


@pytest.mark.parametrize("name", FILES)
def test_each_text_says_the_same_in_both_languages(name: str) -> None:
    for key, texts in load(PACKAGE / "base" / name).data.items():
        assert set(texts) == {"nl", "en"}, key
        assert placeholders(texts["nl"]) == placeholders(texts["en"]), key
        assert all(text.strip() for text in texts.values()), key


def test_a_key_stands_in_one_file_only() -> None:
    keys = [key for name in FILES for key in load(PACKAGE / "base" / name).data]
    assert len(keys) == len(set(keys)) == len(templates())


def test_the_code_asks_for_texts_that_are_there_with_the_values_they_name() -> None:
    found = list(made())
    assert len(found) > 150
    for place, maker, key, given in found:
        assert key in templates(), f"{place}: {key}"
        named = placeholders(templates()[key]["nl"])
        assert named - MAKERS[maker] <= given <= named, f"{place}: {key}"


def test_no_text_is_left_over() -> None:
    said = {node.value for _, node in constants() if isinstance(node, ast.Constant)} | {key for key, _ in on_pages()}
    patterns = [re.compile(pattern) for pattern in enumerated()]
    assert {key for key in set(templates()) - said if not any(pattern.fullmatch(key) for pattern in patterns)} == set()


def on_pages() -> Iterator[tuple[str, set[str]]]:
    """Each text that a template asks for, with the names of the values it gives."""
    for path in PACKAGE.rglob("*.j2"):
        page = path.read_text(encoding="utf-8")
        for found in re.finditer(r"""(say|counted)\((["'])([\w.-]+)\2""", page):
            rest, depth, end = page[found.end() :], 1, 0
            while depth:
                depth += {"(": 1, ")": -1}.get(rest[end], 0)
                end += 1
            # only of the outermost call: a value may be a text with values of its own
            outer = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", rest[: end - 1]))
            given = set(re.findall(r"(\w+)=", outer))
            if found[1] == "say":
                yield found[3], given
            else:
                yield from ((f"{found[3]}.{ending}", given | {"n"}) for ending in ("one", "many"))


def test_the_pages_ask_for_texts_that_are_there_with_the_values_they_name() -> None:
    found = list(on_pages())
    assert len(found) > 100
    for key, given in found:
        assert key in templates(), key
        assert given == placeholders(templates()[key]["nl"]), key


def enumerated() -> Iterator[str]:
    """Keys with a part that the code fills in, as `Text(f"status-{word}")`: one for each word of an enumeration."""
    for _, node in constants():
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "Text"
            and node.args
            and isinstance(node.args[0], ast.JoinedStr)
        ):
            parts = node.args[0].values
            yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)


def test_a_value_may_be_a_text_or_an_error() -> None:
    inner = Text("layout-xml", name="x")
    assert Text("file-problem", place="a:1", problem=inner).text("en") == "a:1: root element 'x'"
    error = errors.UsageError("run-absent")
    assert Text("file-problem", place="a", problem=error).text("nl") == "a: Deze run staat niet in het grootboek."


def test_texts_travel_and_compare() -> None:
    text = Text("layout-xml", name="x")
    assert pickle.loads(pickle.dumps(text)) == text  # noqa: S301
    assert text != Text("layout-xml", name="y") and "layout-xml" in repr(text) and len({text, text}) == 1


def test_the_code_of_an_error_is_its_key_up_to_the_dot() -> None:
    assert errors.ExportError("export-te-groot.cells", limit=3).code == "export-te-groot"
    assert errors.UsageError("run-absent").code == "run-absent"
