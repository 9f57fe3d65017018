"""The same pupils as three other packages would hand them over: one row per pupil, ESIS, and UWLR results.

Written here by hand, from what the pupils are in words of the dictionary; no generator of exports has a part in it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from dod2oso.generate.tree import Tree
from dod2oso.source.dictionary import load_dictionary

_SEX = {"man": "j", "vrouw": "m"}
RESULTS = "http://www.edustandaard.nl/leerresultaten/2/leerresultaten"
OSO = "http://www.edustandaard.nl/oso_gegevensset/1.2/dossier"
ESIS = [
    "DatumExport", "BrinVest", "EsisIdentificatienummer", "Vormingsgebied", "Toets", "Toetsversie", "Schooljaar",
    "Afnamedatum", "Leerjaar", "Afnamemoment", "DL", "Ruwescore", "Vaardigheidsscore", "DLE", "AE", "IV", "Norm",
]  # fmt: skip


def _day(iso: str) -> str:
    return f"{iso[8:10]}-{iso[5:7]}-{iso[:4]}"


# --- one row per pupil ---


def flat(folder: Path, head: Tree, pupils: Sequence[Tree]) -> tuple[Path, Path]:
    """A CSV with everything in columns (`toetsen_2_naam`), in a notation of its own, and the profile that reads it.

    The groups of the school stand in no such file.
    """
    head = Tree(head.fields, {name: items for name, items in head.lists.items() if name != "groep"})
    rows = [dict(_cells(head, "", "")) | dict(_cells(pupil, "", "")) for pupil in pupils]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    path = folder / "rijen.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    fields, items = _bound([head, *pupils], "", "")
    profile = {
        "profile": "rijen",
        "describes": "een rij per leerling, met alles in kolommen",
        "format": "tables",
        "match": {"tables": {"rijen": ["leerling_leerlingid", "leerling_geboortedatum"]}},
        "text": {"dates": "dd-mm-jj", "pivot": 30, "decimal": ",", "true": ["J"], "false": ["N"]},
        "records": "bundel/rijen",
        "codes": {"sexe": {"entries": {"j": "man", "m": "vrouw"}}},
        "fields": fields,
        "items": items,
    }
    made = folder / "rijen.yaml"
    made.write_text(yaml.safe_dump(profile, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path, made


def _column(at: str, name: str) -> str:
    return f"{at}{name}".replace(".", "_").replace("-", "_")


def _cells(tree: Tree, at: str, prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.fields.items():
        yield _column(at, name), _written(f"{prefix}{name}", value)
    for name, items in tree.lists.items():
        for number, item in enumerate(items, start=1):
            yield from _cells(item, f"{at}{name}_{number}_", f"{prefix}{name}[].")


def _written(field: str, value: str) -> str:
    kind = load_dictionary()[field].type
    if kind == "date":
        return f"{value[8:10]}-{value[5:7]}-{value[2:4]}"
    if kind == "boolean":
        return "J" if value == "true" else "N"
    if kind == "decimal":
        return value.replace(".", ",")
    return _SEX[value] if field.endswith("geslacht") else value


def _bound(trees: Sequence[Tree], at: str, prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    fields: dict[str, Any] = {}
    for name in dict.fromkeys(name for tree in trees for name in tree.fields):
        column = _column(at, name)
        fields[name] = {"at": column, "codes": "sexe"} if name.endswith("geslacht") else column
    items: dict[str, Any] = {}
    for name in dict.fromkeys(name for tree in trees for name in tree.lists):
        blocks = []
        for number in range(max(len(tree.lists.get(name, ())) for tree in trees)):
            some = [tree.lists[name][number] for tree in trees if len(tree.lists.get(name, ())) > number]
            own, inner = _bound(some, f"{at}{name}_{number + 1}_", f"{prefix}{name}[].")
            blocks.append({"from": own} | ({"items": inner} if inner else {}))
        items[name] = blocks
    return fields, items


# --- results that only name a number of the school ---


def esis(folder: Path, school: tuple[str, str], pupils: Iterable[Tree]) -> Path:
    """The tests of the pupils as ESIS writes its results."""
    path = folder / "resultaten.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ESIS, restval="", delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        for pupil in pupils:
            for test in pupil.lists["toetsen"]:
                scores = {one.fields["code"]: one.fields["waarde"] for one in test.lists.get("referentiescores", ())}
                writer.writerow(
                    {
                        "DatumExport": "10-06-2025",
                        "BrinVest": "".join(school),
                        "EsisIdentificatienummer": pupil.fields["leerling.leerlingid"],
                        "Toets": test.fields["naam"],
                        "Afnamedatum": _day(test.fields["afnamedatum"]),
                        "Leerjaar": test.fields["jaargroep"],
                        "Vaardigheidsscore": test.fields["vaardigheidsscore"].replace(".", ","),
                        **scores,
                    }
                )
    return path


_SCORE = ("aantalopgaven", "aantalgoed", "aantalfout", "vaardigheidsscore")


def uwlr(folder: Path, school: tuple[str, str], pupils: Sequence[Tree], name: str = "resultaten.xml") -> Path:
    """The tests of the pupils as UWLR 2.2 leerresultaten, with osoresultaat."""
    root = etree.Element(f"{{{RESULTS}}}leerresultaten_verzoek", nsmap={None: RESULTS, "oso": OSO})
    about = _add(root, "school")
    for key, value in (
        ("schooljaar", "2024-2025"), ("brincode", school[0]), ("dependancecode", school[1]),
        ("aanmaakdatum", "2025-06-10T09:30:00"), ("xsdversie", "2.2"),
    ):  # fmt: skip
        _add(about, key, value)
    takings, tests = _add(root, "toetsafnames"), _add(root, "toetsen")
    known: dict[str, Any] = {}
    number = 0
    for pupil in pupils:
        taking = _add(takings, "toetsafname")
        _add(taking, "leerlingid", pupil.fields["leerling.leerlingid"])
        results = _add(taking, "resultaten")
        for test in pupil.lists["toetsen"]:
            code = test.fields["code"]
            known.setdefault(code, test)
            for part in (None, *test.lists.get("onderdelen", ())):
                number += 1
                result = _add(results, "resultaat")
                result.set("key", str(number))
                _add(result, "afnamedatum", test.fields["afnamedatum"])
                _add(result, "toetscode", code)
                if part is not None:
                    _add(result, "toetsonderdeelcode", part.fields["code"])
                _scores(_add(result, "osoresultaat"), part or test)
    for code, test in known.items():
        about = _add(tests, "toets")
        _add(about, "toetscode", code)
        _add(about, "toetsnaam", test.fields["naam"])
        _add(about, "leerjaar", test.fields["jaargroep"])
        parts = test.lists.get("onderdelen", ())
        inside = _add(about, "toetsonderdelen") if parts else None
        for place, part in enumerate(parts, start=1):
            one = _add(inside, "toetsonderdeel")
            _add(one, "toetsonderdeelvolgnummer", str(place))
            _add(one, "toetsonderdeelcode", part.fields["code"])
            _add(one, "toetsonderdeelnaam", part.fields["naam"])
    path = folder / name
    path.write_bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return path


def _scores(result: Any, test: Tree) -> None:
    score = etree.SubElement(result, f"{{{OSO}}}toetsscore")
    for name in _SCORE:
        if name in test.fields:
            etree.SubElement(score, f"{{{OSO}}}{name}").text = test.fields[name]
    if "bivlaag" in test.fields:
        between = etree.SubElement(score, f"{{{OSO}}}betrouwbaarheidsinterval")
        for name in ("bivlaag", "bivhoog"):
            etree.SubElement(between, f"{{{OSO}}}{name}").text = test.fields[name]
    for one in test.lists.get("referentiescores", ()):
        made = etree.SubElement(result, f"{{{OSO}}}referentiescore")
        for name, field in (("codereferentiescore", "code"), ("codevergelijkingsgroep", "vergelijkingsgroep")):
            etree.SubElement(made, f"{{{OSO}}}{name}").text = one.fields[field]
        etree.SubElement(made, f"{{{OSO}}}waarde").text = one.fields["waarde"]


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    made = etree.SubElement(parent, f"{{{RESULTS}}}{name}")
    made.text = text
    return made


# --- what people decide about tests whose code stands nowhere ---


def decisions(folder: Path, pupils: Iterable[Tree]) -> Path:
    """Which code the name of each test stands for."""
    names = {test.fields["naam"]: test.fields["code"] for pupil in pupils for test in pupil.lists["toetsen"]}
    rows = [
        {
            "about": "test",
            "name": name,
            "becomes": code,
            "who": "Test",
            "when": "2025-06-01",
            "why": "uit de toetslijst",
        }
        for name, code in sorted(names.items())
    ]
    path = folder / "beslissingen.yaml"
    path.write_text(yaml.safe_dump({"decisions": 1, "rows": rows}), encoding="utf-8")
    return path
