"""What the name and the values of one path say for and against one dictionary field."""

from dod2oso.discover.propose.evidence import Said, limit, weigh
from dod2oso.discover.propose.scopes import Field
from dod2oso.discover.propose.words import Bag, alike, pieces
from dod2oso.discover.survey.facts import Values
from dod2oso.source.codes import code_table
from dod2oso.source.dictionary import DictionaryField

_MANY = 5  # from so many values on it tells something that they are all the same
# Of what they are, the element that they stand in says.
_GENERAL = frozenset({"naam", "nummer", "id", "code", "key", "datum", "soort", "omschrijving"})
_SPECIAL = ("email", "iban", "postcode", "brin", "url", "school-year")


class Leaf:
    """A path with values: its own words, the concepts around it, and what its values look like.

    column: it is a column of a block, whose words may be those of several lists. general: what it is the name, number
    or date of is said by the element that it stands in, in words that nobody knows.
    """

    __slots__ = (
        "around", "birth", "cache", "concepts", "context", "fits", "general", "name", "nearest", "path", "values",
        "words",
    )  # fmt: skip

    def __init__(
        self, path: str, values: Values, words: Bag, context: frozenset[str], birth: bool, *, column: bool = False,
        strange: bool = False,
    ) -> None:  # fmt: skip
        self.path = path
        self.values = values
        self.words = words
        self.name = "".join(pieces(path.rpartition("/")[2]))
        self.concepts = frozenset(concept for word in words for concept in word.concepts)
        self.context = context
        self.around = frozenset[str]() if column else context  # what the elements around it say
        self.birth = birth
        self.general = strange and self.concepts <= _GENERAL
        self.nearest: tuple[Field, ...] = ()  # what it is most like, when it is bound to nothing
        self.cache: dict[int, float] = {}
        self.fits: dict[object, Said | None] = {}


def leaf_score(leaf: Leaf, field: Field, scope: frozenset[str]) -> float:
    """0 to about 1.1: how well the path fits the field; scope: the concepts that the section adds."""
    known = leaf.cache.get(id(field))
    if known is None:
        said = leaf_evidence(leaf, field, scope)
        known = leaf.cache[id(field)] = max(0.0, weigh(said)) if said is not None else 0.0
    return known


def leaf_evidence(leaf: Leaf, field: Field, scope: frozenset[str]) -> Said | None:
    """What speaks for and against the path being the field; None when it cannot be, or nothing speaks for it."""
    name, unsaid = _name(leaf, field, scope)
    if not name and field.meaning.looks_like is None and not leaf.birth:
        return None
    values = values_evidence(leaf, field.meaning)
    if values is None:
        return None
    said = [*values, ("name", name), ("usual", float(field.meaning.certainty != "U"))]
    exact = leaf.name in field.exact
    if name > 0.5 and exact:
        said.append(("exact", 1.0))
    elif not name and field.inner and field.scope.isdisjoint(leaf.context):
        said.append(("only-values", 1.0))
    if unsaid:
        flat = not leaf.context and "/" not in leaf.path
        said.append(("unsaid-exact" if exact else "unsaid-column" if flat else "unsaid", name))
    outside = len(leaf.around & field.elsewhere)
    if outside:
        said.append(("elsewhere", outside / (outside + len(leaf.around & field.here))))
    if leaf.values.count >= _MANY and field.place != "table":
        if leaf.values.distinct == 1:
            said.append(("constant-export" if field.place == "export" else "constant-record", 1.0))
        elif field.place == "export" and leaf.values.distinct > 0.2 * leaf.values.count:
            said.append(("varied-export", 1.0))
    return tuple(said)


def _name(leaf: Leaf, field: Field, scope: frozenset[str]) -> tuple[float, bool]:
    """How alike the names are, and whether the field is of a part that nothing around the path speaks of."""
    best, unsaid = 0.0, False
    if not (leaf.concepts.isdisjoint(field.concepts) and leaf.context.isdisjoint(field.concepts)):
        around = scope | field.scope
        described = limit("described")
        best = max(
            (
                alike(leaf.words, leaf.context, label, around) * (1.0 if own else described)
                for label, concepts, own in field.labels
                if not (leaf.concepts.isdisjoint(concepts) and leaf.context.isdisjoint(concepts))
            ),
            default=0.0,
        )
        unsaid = bool(
            field.inner and field.scope.isdisjoint(leaf.context) and field.scope.isdisjoint(leaf.concepts) and best
        )
        if unsaid and leaf.general:
            best = 0.0  # the name of a printer is not that of a school
    text = limit("text-of-item")
    if (
        leaf.path == "."
        and best < text
        and field.meaning.type in ("text", "decimal")
        and field.name.endswith(f"[].{field.leaf}")
    ):
        best, unsaid = text, False  # the text of an item is what the item is about
    return best, unsaid


def values_evidence(leaf: Leaf, meaning: DictionaryField) -> Said | None:
    """What the values say; None when they cannot be of this field."""
    if not leaf.values.count:
        return ()
    looks = meaning.looks_like
    key = (meaning.type, looks.kinds if looks else (), looks.codes if looks else (), "waarde" in meaning.synonyms)
    if key not in leaf.fits:
        of_type = _of_type(leaf, meaning)
        leaf.fits[key] = None if of_type is None else (*of_type, *_of_kind(leaf, meaning))
    return leaf.fits[key]


def _one(name: str) -> Said:
    return ((name, 1.0),)


def _of_type(leaf: Leaf, meaning: DictionaryField) -> Said | None:
    values, kind = leaf.values, meaning.type
    dates, whole = values.dates, values.share("integer")
    fractions = values.share("decimal-point", "decimal-comma")
    yes_no = values.share("boolean") > 0.95
    if kind in ("date", "datetime"):
        if dates < 0.7:
            return None
        exact = values.share("datetime") > 0.5
        return () if kind == "date" and not exact else _one("moment" if exact == (kind == "datetime") else "no-moment")
    if kind == "boolean":
        return _one("words-boolean" if whole < 0.5 else "digits-boolean") if yes_no else None
    if dates > 0.7 and not whole:
        return None
    if kind == "pgn":
        return () if whole > 0.8 else None
    if kind == "attachment":
        return _one("attachment") if values.share("attachment") > 0.6 else None
    if values.share("attachment") > 0.6 and values.longest > 200:
        return None
    if kind == "integer":
        return _one("whole-integer") if whole > 0.9 else None
    if kind == "decimal":
        return _one("fraction-decimal") if fractions > 0.3 else () if whole + fractions > 0.9 else None
    if kind == "code":
        if values.share("text") > 0.2 or values.longest > 40:
            return None
        tables = meaning.looks_like is not None and meaning.looks_like.codes
        return _one("wordy-code") if not tables and values.wordy > 0.8 else ()
    if yes_no and whole < 0.5:
        return _one("boolean-text")
    return _one("fraction-text") if fractions > 0.5 and "waarde" not in meaning.synonyms else ()


def _of_kind(leaf: Leaf, meaning: DictionaryField) -> list[tuple[str, float]]:
    values, looks = leaf.values, meaning.looks_like
    kinds = looks.kinds if looks is not None else ()
    said: list[str] = []
    if "birth-date" in kinds:
        said.append("birth" if leaf.birth else "no-birth")
    elif leaf.birth and meaning.type == "date":
        said.append("birth-other")
    if meaning.type == "text":
        said += ["special-other" for one in _SPECIAL if one not in kinds and values.share(one) > 0.8]
    telling = [kind for kind in kinds if kind != "birth-date"]
    if telling:
        share = sum(values.share(kind) for kind in telling)
        if share > 0.75:
            known = {f"telling-{kind}" for kind in telling if kind in ("initials", "text", "attachment")}
            said.append("telling" if len(known) < len(telling) else min(known))
        elif share < 0.3 and "text" not in telling:
            said.append("not-initials" if "initials" in telling else "not-telling")
    number = values.share("bsn", "onderwijsnummer")
    if meaning.type == "pgn" and values.count >= 3:
        said.append("person-number" if number > 0.9 else "no-person-number")
    elif meaning.type != "pgn" and number > 0.9 and values.count >= 3 and values.unique:
        said.append("person-number-other")
    if looks is not None and looks.codes:
        said.append(_codes(values, looks.codes))
    elif values.share("text") > 0.5 and "text" not in kinds and values.longest > 60:
        said.append("long-text")
    return [(name, 1.0) for name in said]


def _codes(values: Values, tables: tuple[str, ...]) -> str:
    """How well the code tables of a field explain the values."""
    if values.candidates is None:
        return "codes-none"
    found = set(values.candidates)
    share = max(len(found & code_table(table).entries.keys()) / len(found) for table in tables)
    if share < 1.0:
        return "codes-most" if share > 0.6 else "codes-few"
    if values.share("integer") >= 0.9:
        return "codes-digits"
    return "codes-words" if max(map(len, found)) > 1 else "codes-letters"


def best_table(found: frozenset[str], tables: tuple[str, ...]) -> str | None:
    """The code table that explains these texts best; None when none explains most of them."""
    if not tables or not found:
        return None
    shares = [
        (len(found & code_table(table).entries.keys()) / len(found), -number) for number, table in enumerate(tables)
    ]
    share, number = max(shares)
    return tables[-number] if share > 0.5 else None
