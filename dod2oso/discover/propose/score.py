"""How well the values and the name of one path fit one dictionary field."""

from dod2oso.discover.propose.scopes import Field
from dod2oso.discover.propose.words import Bag, alike, pieces
from dod2oso.discover.survey.facts import Values
from dod2oso.source.codes import code_table
from dod2oso.source.dictionary import DictionaryField

BIND, WEAK = 0.42, 0.34  # below this a path stays unbound; between them when nothing else comes near
_NAME = 0.75  # what a perfect name is worth; the values do the rest
_TEXT = 0.6  # what it is worth to be the text of an item


class Leaf:
    """A path with values: its own words, the concepts around it, and what its values look like."""

    __slots__ = ("birth", "cache", "concepts", "context", "fits", "name", "nearest", "path", "values", "words")

    def __init__(self, path: str, values: Values, words: Bag, context: frozenset[str], birth: bool) -> None:
        self.path = path
        self.values = values
        self.words = words
        self.name = "".join(pieces(path.rpartition("/")[2]))
        self.concepts = frozenset(concept for word in words for concept in word.concepts)
        self.context = context
        self.birth = birth
        self.nearest: tuple[Field, ...] = ()  # what it is most like, when it is bound to nothing
        self.cache: dict[int, float] = {}
        self.fits: dict[object, float] = {}


def leaf_score(leaf: Leaf, field: Field, scope: frozenset[str]) -> float:
    """0 to about 1.1: how well the path fits the field; scope: the concepts that the section adds."""
    known = leaf.cache.get(id(field))
    if known is None:
        name = _name(leaf, field, scope)
        known = 0.0
        if name or field.meaning.looks_like is not None or leaf.birth:
            fit = value_fit(leaf, field.meaning)
            if name > 0.5 and leaf.name in field.exact:
                fit += 0.06
            elif not name and field.inner and field.scope.isdisjoint(leaf.context):
                fit -= 0.06  # only the values speak for it, and nothing for the part that it stands in
            usual = 0.02 if field.meaning.certainty != "U" else 0.0
            known = 0.0 if fit <= -0.9 else max(0.0, _NAME * name + fit + usual)
        leaf.cache[id(field)] = known
    return known


def _name(leaf: Leaf, field: Field, scope: frozenset[str]) -> float:
    best = 0.0
    if not (leaf.concepts.isdisjoint(field.concepts) and leaf.context.isdisjoint(field.concepts)):
        around = scope | field.scope
        best = max(
            (
                alike(leaf.words, leaf.context, label, around)
                for label, concepts in field.labels
                if not (leaf.concepts.isdisjoint(concepts) and leaf.context.isdisjoint(concepts))
            ),
            default=0.0,
        )
        if field.inner and field.scope.isdisjoint(leaf.context) and field.scope.isdisjoint(leaf.concepts):
            best *= 0.9 if leaf.name in field.exact else 0.6  # a field of a part that nothing around the path speaks of
    if (
        leaf.path == "."
        and best < _TEXT
        and field.meaning.type in ("text", "decimal")
        and field.name.endswith(f"[].{field.leaf}")
    ):
        best = _TEXT  # the text of an item is what the item is about
    return best


def value_fit(leaf: Leaf, meaning: DictionaryField) -> float:
    """-1 (these values cannot be this field) to about 0.4 (nothing else looks like this)."""
    if not leaf.values.count:
        return 0.0
    looks = meaning.looks_like
    key = (meaning.type, looks.kinds if looks else (), looks.codes if looks else (), "waarde" in meaning.synonyms)
    known = leaf.fits.get(key)
    if known is None:
        known = leaf.fits[key] = _type_fit(leaf, meaning) + _looks_fit(leaf, meaning)
    return known


def _type_fit(leaf: Leaf, meaning: DictionaryField) -> float:
    values, kind = leaf.values, meaning.type
    dates, whole = values.dates, values.share("integer")
    fractions = values.share("decimal-point", "decimal-comma")
    if kind in ("date", "datetime"):
        if dates < 0.7:
            return -1.0
        exact = values.share("datetime") > 0.5
        return 0.12 if exact == (kind == "datetime") else -0.15 if kind == "datetime" else 0.0
    if kind == "boolean":
        return (
            0.13 if values.share("boolean") > 0.95 and whole < 0.5 else 0.03 if values.share("boolean") > 0.95 else -1.0
        )
    if dates > 0.7 and not whole:
        return -1.0
    if kind == "pgn":
        return 0.0 if whole > 0.8 else -1.0
    if kind == "attachment":
        return 0.3 if values.share("attachment") > 0.6 else -1.0
    if values.share("attachment") > 0.6 and values.longest > 200:
        return -1.0
    if kind == "integer":
        return 0.05 if whole > 0.9 else -1.0
    if kind == "decimal":
        return 0.1 if fractions > 0.3 else 0.0 if whole + fractions > 0.9 else -1.0
    if kind == "code":
        return -0.9 if values.share("text") > 0.2 or values.longest > 40 else 0.0
    words = values.share("boolean") > 0.95 and whole < 0.5
    return -0.25 if words else -0.1 if (fractions > 0.5 and "waarde" not in meaning.synonyms) else 0.0


# What it is worth that the values are of the kind that a field asks for; all others are worth more.
_TELLING = {"birth-date": 0.3, "initials": 0.14, "text": 0.12, "attachment": 0.12}
_VERY_TELLING = 0.42


def _looks_fit(leaf: Leaf, meaning: DictionaryField) -> float:
    values, looks = leaf.values, meaning.looks_like
    kinds = looks.kinds if looks is not None else ()
    fit = 0.0
    if "birth-date" in kinds:
        fit += _TELLING["birth-date"] if leaf.birth else -0.3
    elif leaf.birth and meaning.type == "date":
        fit -= 0.12
    for special in ("email", "iban", "postcode", "brin", "url", "school-year"):
        if values.share(special) > 0.8 and special not in kinds and meaning.type == "text":
            fit -= 0.35
    telling = [kind for kind in kinds if kind != "birth-date"]
    if telling:
        share = sum(values.share(kind) for kind in telling)
        if share > 0.75:
            fit += max(_TELLING.get(kind, _VERY_TELLING) for kind in telling)
        elif share < 0.3 and "text" not in telling:
            fit -= 0.35 if "initials" not in telling else 0.15
    number = values.share("bsn", "onderwijsnummer")
    if meaning.type == "pgn":
        fit += (0.45 if number > 0.9 else -0.5) if values.count >= 3 else 0.0
    elif number > 0.9 and values.count >= 3 and values.unique:
        fit -= 0.3
    if looks is not None and looks.codes:
        fit += _codes_fit(values, looks.codes)
    elif values.share("text") > 0.5 and "text" not in kinds and values.longest > 60:
        fit -= 0.05
    return fit


def _codes_fit(values: Values, tables: tuple[str, ...]) -> float:
    if values.candidates is None:
        return -0.3
    found = set(values.candidates)
    shares = [len(found & code_table(table).entries.keys()) / len(found) for table in tables]
    if max(shares) == 1.0:
        return (
            0.34
            if values.share("integer") < 0.9 and max(map(len, found)) > 1
            else 0.2
            if values.share("integer") < 0.9
            else 0.08
        )
    return 0.05 if max(shares) > 0.6 else -0.2


def best_table(found: frozenset[str], tables: tuple[str, ...]) -> str | None:
    """The code table that explains these texts best; None when none explains most of them."""
    if not tables or not found:
        return None
    shares = [
        (len(found & code_table(table).entries.keys()) / len(found), -number) for number, table in enumerate(tables)
    ]
    share, number = max(shares)
    return tables[-number] if share > 0.5 else None
