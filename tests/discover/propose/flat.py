"""Flat exports whose right answer is known: a row per pupil, with carers, addresses and tests in columns.

A vocabulary has one way of writing names (camelCase, snake_case, …), of calling the columns of a carer (before or
behind), of writing dates, yes and no, and codes, after a seed. Its words are either forms that the dictionary knows,
abbreviated, or those of a stranger (strangers.yaml). The values are those of the project's own generated pupils.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Literal

from dod2oso.base.yaml import load
from dod2oso.generate.export import pupils_of
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from dod2oso.source.datestyle import MONTHS
from dod2oso.source.dictionary import load_dictionary
from tests.discover.propose.vocabularies import _STYLES, _short, plain

Words = Literal["dictionary", "learn", "sure", "test"]
STRANGERS: dict[str, Any] = load(Path(__file__).with_name("strangers.yaml")).data
PUPILS = 20
DATES = (
    "dd-mm-jjjj", "dd-mm-jj", "d/m/jjjj", "jjjjmmdd", "dd.mm.jjjj", "jjjj-mm-dd", "m/d/jjjj", "d mmm jjjj", "d-m-jj",
    "jjjj/mm/dd",
)  # fmt: skip
SEX = (
    {"man": "M", "vrouw": "V"}, {"man": "m", "vrouw": "v"}, {"man": "j", "vrouw": "m"}, {"man": "J", "vrouw": "M"},
    {"man": "1", "vrouw": "2"}, {"man": "2", "vrouw": "1"}, {"man": "jongen", "vrouw": "meisje"},
    {"man": "man", "vrouw": "vrouw"}, {"man": "M", "vrouw": "F"},
)  # fmt: skip
YES = (("J", "N"), ("ja", "nee"), ("1", "0"), ("Ja", "Nee"), ("true", "false"))
RELATIONS = ({}, {"moeder": "M", "vader": "V"}, {"moeder": "MOE", "vader": "VAD"})

# What somebody calls the columns who knows the words of the dictionary: words, of which one may take another form.
_DICTIONARY: dict[str, Any] = {
    "pupil": {
        "id": "leerling nummer", "bsn": "bsn", "onderwijsnummer": "onderwijsnummer", "achternaam": "achternaam",
        "voorvoegsel": "tussen", "voornamen": "voornamen", "roepnaam": "roepnaam", "voorletters": "voorletters",
        "geboortedatum": "geboorte datum", "geslacht": "geslacht", "geboorteplaats": "geboorte plaats",
        "geboorteland": "geboorte land", "nationaliteit": "nationaliteit", "datuminschrijving": "inschrijving datum",
        "onderwijssinds": "onderwijs sinds", "jaargroep": "jaargroep", "groep": "groep", "gewicht": "gewicht",
        "brin": "brin", "vestiging": "vestiging", "schoolnaam": "school naam", "schooljaar": "schooljaar",
        "advies": "school advies", "wensouders": "wens ouders", "ib": "intern begeleider",
        "psz": "naam peuterspeelzaal", "verzuimgeoorloofd": "dagdelen geoorloofd",
        "verzuimongeoorloofd": "dagdelen ongeoorloofd", "artsnaam": "arts naam", "artstel": "arts telefoon",
        "eindtoetsscore": "eindtoets score", "eindtoetsdatum": "eindtoets datum", "adresgeheim": "adres geheim",
        "medicijnen": "medicijn gebruik", "noise": "extra veld",
    },
    "contact": {"telefoon": "telefoon", "mobiel": "mobiel", "email": "email"},
    "carer": {
        "achternaam": "achternaam", "voorvoegsel": "tussen", "voorletters": "voorletters", "voornamen": "voornamen",
        "geslacht": "geslacht", "relatie": "relatie", "gezag": "vertegenwoordiger", "telefoon": "telefoon",
        "mobiel": "mobiel", "email": "email",
    },
    "address": {
        "straat": "straat", "nummer": "huisnummer", "toevoeging": "toevoeging", "postcode": "postcode",
        "plaats": "plaats", "gemeente": "gemeente",
    },
    "test": {"naam": "toets naam", "datum": "afname datum", "score": "vaardigheid score", "goed": "aantal goed"},
    "groups": {
        "carers": [["moeder", "vader"], ["verzorger 1", "verzorger 2"], ["ouders 1", "ouders 2"]],
        "addresses": [["adres 1", "adres 2"], ["", "post"], ["woon", "post"]],
        "tests": [["toets 1", "toets 2"]],
    },
}  # fmt: skip

_COMMON = {"id": 0.9, "achternaam": 1.0, "geboortedatum": 1.0, "geslacht": 0.95, "roepnaam": 0.9, "voorvoegsel": 0.85}
_FIELDS = {
    "id": ("leerling.leerlingid", "leerling.sleutel"),
    "bsn": ("leerling.bsn", "leerling.pgn"),
    "jaargroep": ("leerling.jaargroep",),
    "nationaliteit": ("leerling.nationaliteiten[].omschrijving",),
    "brin": ("school.brin",), "vestiging": ("school.vestiging", "leerling.vestiging"), "schoolnaam": ("school.naam",),
    "schooljaar": ("export.schooljaar",), "advies": ("advies.code",), "wensouders": ("advies.wensouders",),
    "ib": ("zorg.naamib",), "psz": ("vve.naampeuterspeelzaal",),
    "verzuimgeoorloofd": ("verzuim.dagdelengeoorloofd",), "verzuimongeoorloofd": ("verzuim.dagdelenongeoorloofd",),
    "artsnaam": ("zorg.artsen[].achternaam",), "artstel": ("zorg.artsen[].communicatie[].nummer",),
    "eindtoetsscore": ("eindtoetsen[].standaardscore",), "eindtoetsdatum": ("eindtoetsen[].afnamedatum",),
    "medicijnen": ("zorg.medicijngebruik",),
}  # fmt: skip
_ITEM = {"nationaliteit": "nationaliteit", "artsnaam": "arts", "artstel": "arts/tel",
         "eindtoetsscore": "eindtoets", "eindtoetsdatum": "eindtoets"}  # fmt: skip
_TESTS = {"naam": "naam", "datum": "afnamedatum", "score": "vaardigheidsscore", "goed": "aantalgoed"}


@dataclass(slots=True)
class Column:
    """One column and what it is. `fields`: any of these is right (none: it belongs nowhere); `item`: of which item."""

    name: str
    values: list[str]
    fields: tuple[str, ...]
    item: str = ""
    kind: str | None = None  # of a number: telefoon, mobiel, e-mail
    relation: str | None = None  # of the carer, where the name of the column says it
    codes: dict[str, str] = field(default_factory=dict)  # of a sex: text in the export -> our word
    dates: str | None = None


@lru_cache(maxsize=4)
def _pupils(first: int) -> tuple[Tree, ...]:
    return tuple(pupils_of(School.numbered(0, "po"), "dod-referentie", PUPILS, 7, first, True))


def written(iso: str, style: str) -> str:
    """An ISO date in a style."""
    if not iso:
        return ""
    year, month, day = iso[:4], iso[5:7], iso[8:10]
    parts = {
        "jjjj": year, "jj": year[2:], "mmmm": MONTHS[int(month) - 1], "mmm": MONTHS[int(month) - 1][:3], "mm": month,
        "m": str(int(month)), "dd": day, "d": str(int(day)),
    }  # fmt: skip
    return re.sub("jjjj|jj|m{1,4}|d{1,2}", lambda found: parts[found[0]], style)


class FlatVocabulary:
    """The columns of one seed in one kind of words."""

    def __init__(self, seed: int, words: Words) -> None:
        self._chance = Random(f"flat/{words}/{seed}")
        self._words = words
        self._lists = _DICTIONARY if words == "dictionary" else STRANGERS[words]
        pick = self._chance.choice
        self.style = pick(sorted(_STYLES))
        self._behind = self._chance.random() < 0.3  # naam_moeder instead of moeder_naam
        self._prefix = pick(("lln", "kind", "pupil")) if self._chance.random() < 0.2 else None
        self.dates = pick(DATES)
        self.sex = pick(SEX)
        self.yes = pick(YES)
        self.decimal = pick((",", "."))
        self.title = self._chance.random() < 0.3
        self._relation = pick(RELATIONS)
        self._pupils = _pupils(100 * (seed % 3))
        self._taken: set[str] = set()
        self.columns = list(self._all())

    def csv(self) -> str:
        """The export as text."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\n")
        if self.title:
            writer.writerow(["Overzicht leerlingen"])
            writer.writerow([])
        writer.writerow([column.name for column in self.columns])
        writer.writerows(zip(*(column.values for column in self.columns), strict=True))
        return out.getvalue()

    # --- names ---

    def _called(self, kind: str, concept: str) -> list[str]:
        listed = self._lists[kind][concept]
        if self._words != "dictionary":
            return str(self._chance.choice(listed)).split()
        known = load_dictionary().words
        parts = []
        for word in listed.split():
            forms = [form for form in known.get(word, ()) if len(form) > 1 and form.isalpha()]
            part = self._chance.choice(forms) if forms and self._chance.random() < 0.5 else word
            if self._chance.random() < 0.25:
                part = "".join(_short(part, self._chance))
            parts.append(part)
        return parts

    def _name(self, *groups: list[str]) -> str | None:
        words = [word for group in (reversed(groups) if self._behind else groups) for word in group]
        if self._prefix is not None and len(groups) == 1:
            words = [self._prefix, *words]
        name = str(_STYLES[self.style](words))
        if plain(name) in self._taken:
            return None
        self._taken.add(plain(name))
        return name

    # --- columns ---

    def _all(self) -> Iterator[Column]:
        groups = {what: self._chance.choice(choices) for what, choices in self._lists["groups"].items()}
        blocks = [
            list(self._pupil()),
            list(self._addresses(groups["addresses"])),
            [c for kind in ("telefoon", "mobiel", "email") for c in self._contact(kind)],
            list(self._carers(groups["carers"])),
            list(self._tests(groups["tests"])),
        ]
        if self._chance.random() < 0.3:
            self._chance.shuffle(blocks)
        for block in blocks:
            yield from (column for column in block if any(column.values))

    def _column(self, name: str | None, values: list[str], *fields: str, **more: Any) -> Iterator[Column]:
        if name is not None:
            yield Column(name, values, fields, **more)

    def _pupil(self) -> Iterator[Column]:
        concepts = list(self._lists["pupil"])
        for concept in concepts:
            if self._chance.random() > _COMMON.get(concept, 0.55):
                continue
            name = self._name(self._called("pupil", concept))
            fields = () if concept == "noise" else _FIELDS.get(concept, (f"leerling.{concept}",))
            values, more = self._values(concept)
            yield from self._column(name, values, *fields, item=_ITEM.get(concept, ""), **more)

    def _values(self, concept: str) -> tuple[list[str], dict[str, Any]]:
        pupils, more = self._pupils, {}
        if concept == "noise":
            return [str(self._chance.choice(("A4", "B2", "C", "X9"))) for _ in pupils], {}
        made = {
            "id": lambda p: p.fields["leerling.leerlingid"],
            "groep": lambda p: _last(p, "loopbaan", "groepscode"),
            "jaargroep": lambda p: _last(p, "loopbaan", "jaargroep"),
            "nationaliteit": lambda p: _first(p, "leerling.nationaliteiten", "omschrijving"),
            "brin": lambda p: "99XA", "vestiging": lambda p: "00",
            "schoolnaam": lambda p: "Basisschool Voorbeeld", "schooljaar": lambda p: "2024-2025",
            "artsnaam": lambda p: _first(p, "zorg.artsen", "achternaam"),
            "artstel": lambda p: next(
                (_first(one, "communicatie", "nummer") for one in p.lists.get("zorg.artsen", ())), ""),
            "eindtoetsscore": lambda p: _first(p, "eindtoetsen", "standaardscore"),
            "eindtoetsdatum": lambda p: _first(p, "eindtoetsen", "afnamedatum"),
        }  # fmt: skip
        known = _FIELDS.get(concept, (f"leerling.{concept}",))[0]
        read = made.get(concept) or (lambda p: p.fields.get(known, ""))
        values = [read(pupil) for pupil in pupils]
        kind = load_dictionary()[known].type
        if kind == "date":
            values, more = [written(value, self.dates) for value in values], {"dates": self.dates}
        elif kind == "boolean":
            values = [value and self.yes[value != "true"] for value in values]
        elif concept == "geslacht":
            values, more = self._sex(values)
        elif concept == "artstel":
            more = {"kind": "telefoon"}
        return values, more

    def _sex(self, values: list[str]) -> tuple[list[str], dict[str, Any]]:
        return [self.sex.get(value, "") for value in values], {"codes": {self.sex[word]: word for word in self.sex}}

    def _contact(self, kind: str) -> Iterator[Column]:
        if self._chance.random() < 0.6:
            name = self._name(self._called("contact", kind))
            number = {"telefoon": "telefoon", "mobiel": "mobiel", "email": "e-mail"}[kind]
            values = [_number(pupil, number) or _number(pupil.lists["verzorgers"][0], number) for pupil in self._pupils]
            accepted = ["leerling.communicatie[].nummer", *(["leerling.emailadres"] if kind == "email" else [])]
            yield from self._column(name, values, *accepted, item=f"contact/{kind}", kind=number)

    def _addresses(self, names: list[str]) -> Iterator[Column]:
        two = self._chance.random() < 0.6
        concepts = [c for c in self._lists["address"] if self._chance.random() < (0.9 if c != "gemeente" else 0.3)]
        for number, group in enumerate(names[: 2 if two else 1]):
            called = group.split() if two or group not in names[:1] else []
            own = {c: self._called("address", c) for c in concepts}
            for concept in concepts:
                name = self._name(*([called] if called else []), own[concept])
                source = [pupil if number == 0 else pupil.lists["verzorgers"][-1] for pupil in self._pupils]
                values = [
                    _first(one, "leerling.adressen", concept) or _first(one, "adressen", concept) for one in source
                ]
                yield from self._column(name, values, f"leerling.adressen[].{concept}", item=f"adres/{number}")

    def _carers(self, names: list[str]) -> Iterator[Column]:
        concepts = [c for c in self._lists["carer"] if self._chance.random() < 0.7 or c == "achternaam"]
        told = {"moeder": "moeder", "vader": "vader"} if names[0] in _MOTHERS else {}
        address = [c for c in self._lists["address"] if c != "gemeente"] if self._chance.random() < 0.35 else []
        called = {c: self._called("carer", c) for c in concepts}
        places = {c: self._called("address", c) for c in address}
        for number, group in enumerate(names):
            relation = ("moeder", "vader")[number] if told else None
            carers = [_carer(pupil, number, relation) for pupil in self._pupils]
            item = f"verzorger/{number}"
            for concept in concepts:
                if concept == "relatie" and relation is not None:
                    continue
                name = self._name(group.split(), called[concept])
                number_kind = {"telefoon": "telefoon", "mobiel": "mobiel", "email": "e-mail"}.get(concept)
                more: dict[str, Any] = {"relation": relation}
                if number_kind is not None:
                    values = [_number(carer, number_kind) for carer in carers]
                    leaf, more["kind"], at = "communicatie[].nummer", number_kind, f"{item}/{concept}"
                else:
                    leaf, at = {"gezag": "wettigevertegenwoordiger"}.get(concept, concept), item
                    values = [carer.fields.get(leaf, "") for carer in carers]
                if concept == "gezag":
                    values = [value and self.yes[value != "true"] for value in values]
                elif concept == "geslacht":
                    values, sex = self._sex(values)
                    more |= sex
                elif concept == "relatie":
                    values = [self._relation.get(value, value) for value in values]
                fields = ("voornamen", "roepnaam") if leaf == "voornamen" else (leaf,)  # lists call it both
                yield from self._column(name, values, *(f"verzorgers[].{one}" for one in fields), item=at, **more)
            for concept in address:
                name = self._name(group.split(), places[concept])
                values = [_first(carer, "adressen", concept) for carer in carers]
                yield from self._column(
                    name, values, f"verzorgers[].adressen[].{concept}", item=f"{item}/adres", relation=relation
                )

    def _tests(self, names: list[str]) -> Iterator[Column]:
        if self._chance.random() > 0.4:
            return
        concepts = [c for c in self._lists["test"] if self._chance.random() < 0.85]
        called = {c: self._called("test", c) for c in concepts}
        for number, group in enumerate(names):
            for concept in concepts:
                name = self._name(group.split(), called[concept])
                taken = [pupil.lists["toetsen"][number] for pupil in self._pupils]
                values = [test.fields.get(_TESTS[concept], "") for test in taken]
                more: dict[str, Any] = {}
                if concept == "datum":
                    values, more = [written(value, self.dates) for value in values], {"dates": self.dates}
                elif concept == "score":
                    values = [value.replace(".", self.decimal) for value in values]
                yield from self._column(name, values, f"toetsen[].{_TESTS[concept]}", item=f"toets/{number}", **more)


_MOTHERS = ("moeder", "mama", "mother", "mdr", "ma", "mum", "m")


def _first(tree: Tree, group: str, name: str) -> str:
    return next((item.fields.get(name, "") for item in tree.lists.get(group, ())), "")


def _last(tree: Tree, group: str, name: str) -> str:
    return next((item.fields.get(name, "") for item in reversed(tree.lists.get(group, []))), "")


def _number(tree: Tree, kind: str) -> str:
    known = tree.lists.get("communicatie", tree.lists.get("leerling.communicatie", []))
    return next((item.fields.get("nummer", "") for item in known if item.fields.get("soort") == kind), "")


def _carer(pupil: Tree, number: int, relation: str | None) -> Tree:
    carers = pupil.lists.get("verzorgers", [])
    if relation is not None:
        return next((one for one in carers if one.fields.get("relatie") == relation), Tree())
    return carers[number] if number < len(carers) else Tree()
