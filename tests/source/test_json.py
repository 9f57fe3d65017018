"""Exports in JSON: found by content, every value counted, and the same dossiers as the same pupils in XML."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.resources import mappings_dir
from dod2oso.generate.region import write_region
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import load_profile
from tests.corpus.kit import convert, totals, write

SMALL = """profile: klein
describes: for this test
format: json
match: {root: json, has: [json/leerlingen/nummer]}
records: json/leerlingen
shared: {school.brin: json/school/brin}
fields:
  leerling.leerlingid: nummer
  leerling.achternaam: achternaam
  leerling.geboortedatum: geboren
  leerling.gba.achternaam: gba/achternaam
"""
EXPORT = {
    "school": {"brin": "99XX"},
    "leerlingen": [
        {"nummer": "1", "achternaam": "Smit", "geboren": "2013-05-01", "gba": {"achternaam": "Smit"}},
        {"nummer": 2, "achternaam": "Jansen", "geboren": None, "hobby": "schaken"},
    ],
}


def opened(folder: Path, name: str, text: str) -> OpenExport:
    write(folder / "in" / name, text)
    [found] = find_exports([folder / "in"]).exports
    return OpenExport(found)


def test_every_value_is_in_the_balance(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path / "klein.yaml", SMALL))
    with opened(tmp_path, "a.json", json.dumps(EXPORT, indent=1)) as export:
        assert export.recognise([profile]) is profile
        records = export.export(BoundProfile(profile, load_dictionary()))
        records.survey()
        first, second = records.dossiers()
    assert (first.source_values, second.source_values) == (4, 3)
    assert first.root.fields["leerling.achternaam"].value == "Smit"
    assert "leerling.geboortedatum" not in second.root.fields
    assert dict(second.unread) == {"leerlingen/hobby": 1} and not first.unread
    assert records.outside.source_values == 1


def test_a_layout_is_known_by_what_it_has(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path / "klein.yaml", SMALL))
    with opened(tmp_path, "a.json", '{"leerlingen": [{"id": 1}]}') as export, pytest.raises(ExportError) as raised:
        export.recognise([profile])
    assert raised.value.code == "export-onbekend"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.json", "[]", "json"),
        ("a.jsonl", '{"a":1}\n{"a":2}\n', "json"),
        ("export.dat", '[{"a":1}]', "json"),
        ("a.json", '"tekst"', None),
        ("server.log", "[2027-01-01 10:00] start", None),
        ("a.pdf", '{"a":1}', None),
    ],
)
def test_it_is_known_by_its_content(name: str, text: str, kind: str | None, tmp_path: Path) -> None:
    write(tmp_path / name, text)
    found = find_exports([tmp_path])
    assert [each.kind for each in found.exports if each.problem is None] == ([kind] if kind else [])


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json_lines_under_either_name(name: str, tmp_path: Path) -> None:
    text = SMALL.replace("json/leerlingen", "json/item").replace("shared: {school.brin: json/school/brin}\n", "")
    profile = load_profile(write(tmp_path / "klein.yaml", text))
    lines = "\n".join(json.dumps(pupil) for pupil in EXPORT["leerlingen"])
    with opened(tmp_path, name, lines + "\n") as export:
        records = export.export(BoundProfile(export.recognise([profile]), load_dictionary()))
        records.survey()
        assert [each.root.fields["leerling.achternaam"].value for each in records.dossiers()] == ["Smit", "Jansen"]


@pytest.mark.parametrize("lines", [False, True])
def test_json_by_pandas(lines: bool, tmp_path: Path) -> None:
    """It writes `/` as `\\/`, every letter beyond ASCII as an escape, and what is missing as null."""
    profile = load_profile(
        write(
            tmp_path / "klein.yaml",
            "profile: klein\ndescribes: for this test\nformat: json\nmatch: {root: json, has: [json/item/nummer]}\n"
            "records: json/item\nfields: {leerling.leerlingid: nummer, leerling.achternaam: achternaam}\n",
        )
    )
    frame = pd.DataFrame({"nummer": ["01", "02"], "achternaam": ["Zoë/Ünal 😀", None]})
    (tmp_path / "in").mkdir()
    frame.to_json(tmp_path / "in" / "a.json", orient="records", lines=lines)
    [found] = find_exports([tmp_path / "in"]).exports
    with OpenExport(found) as export:
        records = export.export(BoundProfile(export.recognise([profile]), load_dictionary()))
        records.survey()
        first, second = records.dossiers()
    assert first.root.fields["leerling.achternaam"].value == "Zoë/Ünal 😀"
    assert first.root.fields["leerling.leerlingid"].value == "01"
    assert (first.source_values, second.source_values) == (2, 1)


# --- the same pupils ---


def plain(element: Any) -> Any:
    """An element as another program would write it in JSON: attributes and lists of children; text beside those."""
    made: dict[str, Any] = dict(element.attrib)
    for child in element:
        made.setdefault(etree.QName(child).localname, []).append(plain(child))
    if element.text and element.text.strip():
        made["tekst"] = element.text.strip()
    return made


@pytest.mark.parametrize("indent", [None, 2])
def test_the_same_pupils_give_the_same_dossiers(indent: int | None, tmp_path: Path) -> None:
    write_region(tmp_path / "xml", "xml-attributes", 12, schools=1, seed=3, typical=True)
    [source] = (tmp_path / "xml" / "exports").iterdir()
    text = (mappings_dir() / "sources" / "xml-attributes.yaml").read_text("utf-8")
    text = text.replace("profile: xml-attributes", "profile: json-test\nformat: json").replace('"."', "tekst")
    text = text.replace("decimal: tekst", 'decimal: "."').replace(', namespace: "urn:example:leerlingdossiers:2"', "")
    text = text.replace("leerlingdossiers", "json").replace("@", "")
    profile = write(tmp_path / "json-test.yaml", text)
    tree = plain(etree.parse(source).getroot())
    write(tmp_path / "json" / "a.json", json.dumps(tree, indent=indent))

    def made(name: str, exports: Path, **options: Any) -> dict[str, bytes]:
        out = tmp_path / name / "out"
        out.mkdir(parents=True)
        if name == "json":
            shutil.copy(tmp_path / "xml" / "out" / "project.key", out)
        given = {"schools": tmp_path / "xml/scholen.csv", "supplements": [tmp_path / "xml/aanvulling.csv"]}
        result = convert(out, exports, datum="2025-06-15", **given, **options)
        [export] = totals(out, result)["exports"]
        assert export["balance"]["unmapped"] == 0
        return {path.name: path.read_bytes() for path in (out / "dossiers").rglob("*.xml")}

    wanted = made("xml", source)
    assert len(wanted) == 12
    found = made("json", tmp_path / "json" / "a.json", source_profile=str(profile))
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if found[name] != wanted[name]] == []
