"""The catalogue against the facts: every path, type, limit, code list and version, so that drift is seen."""

import csv
import re

import pytest

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.yaml import loads
from dod2oso.oso import fieldtree
from dod2oso.oso.catalogue import Element, Group, catalogue
from dod2oso.oso.versions import VERSIONS
from tests.oso.facts import FACTS

Row = dict[str, str]

ROOTS = {"dossier": "fields.csv", "terugkoppeling": "fields-terugkoppeling.csv"}
GROUP = re.compile(r"(keuze|herhaal)\((.*)\)\[(\d)\.\.(\d|n)\]")

every_version = pytest.mark.parametrize("version", VERSIONS)


def rows(root: str, version: str) -> list[Row]:
    """The facts of one version, with the differences of that version applied."""
    found = []
    with (FACTS / ROOTS[root]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if version not in row["versions"].split():
                continue
            for difference in filter(None, row["differences"].split(" | ")):
                versions, change = difference.split(": ", 1)
                if version in versions.split(","):
                    column, value = change.split("=", 1)
                    row[column] = "" if value == "-" else value
            found.append(row)
    return found


def as_row(element: Element) -> Row:
    """What the catalogue says, in the words of the facts."""
    facets = element.facets._asdict().items()
    camel = {name: re.sub("_(.)", lambda m: m[1].upper(), name) for name, _ in facets}
    attributes = [f"{name} string[minLength={least}] optional" for name, least in element.attributes]
    return {
        "path": element.path,
        "kind": {"block": "blok", "field": "veld"}[element.kind],
        "type": element.type,
        "min": str(element.min),
        "max": "n" if element.max is None else str(element.max),
        "facets": "; ".join(f"{camel[name]}={value}" for name, value in facets if value is not None),
        "attributes": "; ".join(attributes),
        "codelist": "" if element.codelist is None else str(element.codelist),
        "choice_group": group_text(element.group),
    }


def group_text(group: Group | None) -> str:
    if group is None:
        return ""
    most = "n" if group.max is None else group.max
    if group.kind == "choice":
        return f"keuze({'|'.join(group.members)})[{group.min}..{most}]"
    return f"herhaal({','.join(group.members)})[{group.min}..{most}]"


@every_version
@pytest.mark.parametrize("root", ROOTS)
def test_catalogue_says_what_the_facts_say(root: str, version: str) -> None:
    known = catalogue(version)
    elements = list((known.root if root == "dossier" else known.terugkoppeling).walk())[1:]
    facts = rows(root, version)
    assert [element.path for element in elements] == [row["path"] for row in facts]
    for element, row in zip(elements, facts, strict=True):
        said = as_row(element)
        assert said == {column: row[column] for column in said}


@every_version
def test_content_models_say_the_same(version: str) -> None:
    """content-models.csv is a second account of order, occurrence and groups."""
    known = catalogue(version)
    ours = {element.path or "^dossier": content(element) for element in known.root.walk() if element.children}
    for element in known.terugkoppeling.walk():
        if element.children:
            ours[f"^terugkoppeling/{element.path}".rstrip("/")] = content(element)
    with (FACTS / "content-models.csv").open(encoding="utf-8", newline="") as file:
        facts = {
            row["path"]: row["model"]
            for row in csv.DictReader(file, delimiter=";")
            if version in row["versions"].split() and row["path"] != "^dossiers"
        }
    assert ours == facts


def content(block: Element) -> str:
    parts: list[str] = []
    done: set[tuple[str, ...]] = set()
    for child in block.children:
        group = child.group
        if group is None:
            parts.append(child.name + mark(child.min, child.max))
        elif group.members not in done:
            done.add(group.members)
            members = [c.name + mark(c.min, c.max) for c in block.children if c.group == group]
            inside = (" | " if group.kind == "choice" else ", ").join(members)
            parts.append(f"({inside}){mark(group.min, group.max)}")
    return ", ".join(parts)


def mark(least: int, most: int | None) -> str:
    return {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}[least, most]


@every_version
def test_every_element_is_described(version: str) -> None:
    known = catalogue(version)
    for element in (*known.root.walk(), *known.terugkoppeling.walk()):
        assert isinstance(element.nl, str)
        assert element.nl.strip()
        assert len(element.nl) <= 80


@every_version
def test_lookup(version: str) -> None:
    known = catalogue(version)
    assert known.at("") is known.root
    assert known.at("huidigeschool/leerling/geen") is None
    assert all((found := known.at(path)) is not None and found.path == path for path in known.all_paths)
    fields = list(known.fields())
    assert all(field.kind == "field" and field.type and not field.children for field in fields)
    assert {path for path in known.all_paths if known.at(path).kind == "field"} == {f.path for f in fields}


def test_a_choice_with_one_member_left_is_no_choice() -> None:
    old, new = (catalogue(v).at("huidigeschool/leerling/geboortedatum") for v in ("1.2.2", "2016.1"))
    assert old.group is None
    assert new.group == Group("choice", 0, 1, ("geboortedatum", "geboortemaand"))


def test_unknown_version() -> None:
    with pytest.raises(UsageError):
        catalogue("2020.1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("naam: {type: tekstje}", "het onbekende type 'tekstje'"),
        ("naam: {block: adressen}", "het onbekende blok 'adressen'"),
        ("naam: {nl: Naam, vanaf: '2016.1'}", "een onbekende eigenschap"),
        ("naam: [Naam]", "een onbekende eigenschap"),
    ],
)
def test_mistake_in_fields_names_the_line(monkeypatch: pytest.MonkeyPatch, line: str, said: str) -> None:
    text = f"types: {{tekst: {{base: string}}}}\nblocks: {{}}\ndossier:\n  .: Dossier\n  {line}\n"
    monkeypatch.setattr(fieldtree, "_shipped", lambda: loads(text, "fields.yaml"))
    with pytest.raises(ConfigurationError) as raised:
        fieldtree.build("dossier", "2019.1")
    assert raised.value.text("nl") == f"fields.yaml:5: hier staat {said}."
