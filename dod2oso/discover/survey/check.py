"""Check a source profile, alone or against an export: what is unbound, ambiguous, unknown, or reads values badly."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dod2oso.base.nearest import did_you_mean
from dod2oso.base.texts import Text
from dod2oso.base.yaml import KeyPath
from dod2oso.discover.survey.coverage import coverage
from dod2oso.discover.survey.facts import ElementFacts, Survey, Values
from dod2oso.discover.survey.scan import Scan
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import Dictionary
from dod2oso.source.profile import Binding, ColumnItem, ListBinding, LoadedProfile, Profile, Split
from dod2oso.source.tabular.table import xml_name

# Without these no OSO dossier can be made, or no pupil can be told from another.
NEEDED = ("leerling.achternaam", "leerling.geboortedatum", "leerling.geslacht", "school.brin")
_READABLE = 0.99  # below this share of readable values a binding is told


class Remark(NamedTuple):
    """One thing about a profile. `error`: it must change; else it is worth a look. `line`: 0 when about no line."""

    error: bool
    line: int
    text: Text


class Bound(NamedTuple):
    """A binding of the profile: its field, its keys in the file, its absolute path in the survey.

    `split`: the rule that takes the value apart, and which part of it the field is.
    """

    field: str
    keys: KeyPath
    path: str
    binding: Binding
    split: str = ""


def check_profile(profile: LoadedProfile, dictionary: Dictionary, scan: Scan | None = None) -> list[Remark]:
    """Everything worth telling, in the order of the file. ConfigurationError when the profile itself is wrong."""
    bound = BoundProfile(profile, dictionary)
    bindings = list(all_bindings(profile.model))
    known = {one.field for one in bindings}
    remarks = [Remark(False, 0, Text("check-not-bound", name=name)) for name in NEEDED if name not in known]
    for mark, names in profile.model.unsure.items():
        line = profile.file.line(("unsure", mark))
        remarks.append(Remark(False, line, Text(f"check-unsure-{mark}", names=", ".join(names))))
    if scan is not None and scan.survey is not None:
        remarks += _against(profile, dictionary, bound, bindings, scan, scan.survey)
    return sorted(remarks, key=lambda one: (one.line == 0, one.line, one.text.text("nl")))


def all_bindings(model: Profile) -> Iterator[Bound]:
    """Every binding of a profile."""
    for name, binding in model.shared.items():
        yield from (Bound(name, ("shared", name), at, binding) for at in binding.at)
    for name, table in model.tables.items():
        for key, binding in table.fields.items():
            for at in binding.at:
                yield Bound(f"{table.prefix(name)}{key}", ("tables", name, "fields", key), _join(table.at, at), binding)
        keys: KeyPath = ("tables", name)
        for key, inner in table.lists.items():
            yield from _list_bindings(inner, table.prefix(name) + key, (*keys, "lists", key), table.at)
        yield from _item_bindings(table.items, table.prefix(name), (*keys, "items"), table.at)
    yield from _split_bindings(model.splits, "", (), model.records)
    for name, binding in model.fields.items():
        yield from (Bound(name, ("fields", name), _join(model.records, at), binding) for at in binding.at)
    for name, inner in model.shared_lists.items():
        yield from _list_bindings(inner, name, ("shared-lists", name), "")
    for name, inner in model.lists.items():
        yield from _list_bindings(inner, name, ("lists", name), model.records)
    yield from _item_bindings(model.items, "", ("items",), model.records)


def _item_bindings(
    items: Mapping[str, Sequence[ColumnItem]], prefix: str, keys: KeyPath, place: str
) -> Iterator[Bound]:
    """Of items that the layout makes of columns."""
    for name, made in items.items():
        for number, item in enumerate(made):
            at = (*keys, name, number)
            for key, one in item.from_.items():
                field = f"{prefix}{name}[].{key}"
                yield from (Bound(field, (*at, "from", key), _join(place, path), one) for path in one.at)
            yield from _split_bindings(item.splits, f"{prefix}{name}[].", at, place)
            yield from _item_bindings(item.items, f"{prefix}{name}[].", (*at, "items"), place)


def _split_bindings(splits: Sequence[Split], prefix: str, keys: KeyPath, place: str) -> Iterator[Bound]:
    """Of values in which several fields stand."""
    for number, split in enumerate(splits):
        for part, field in split.into.items():
            binding = Binding(at=(split.at,))
            into, at = (*keys, "splits", number, "into", part), _join(place, split.at)
            yield Bound(prefix + field, into, at, binding, f"{split.by}: {part}")


def _list_bindings(binding: ListBinding, name: str, keys: KeyPath, above: str) -> Iterator[Bound]:
    place = _join(above, binding.at)
    for key, one in binding.fields.items():
        yield from (Bound(f"{name}[].{key}", (*keys, "fields", key), _join(place, at), one) for at in one.at)
    yield from _split_bindings(binding.splits, f"{name}[].", keys, place)
    for key, inner in binding.lists.items():
        yield from _list_bindings(inner, f"{name}[].{key}", (*keys, "lists", key), place)
    yield from _item_bindings(binding.items, f"{name}[].", (*keys, "items"), place)


def _join(above: str, at: str) -> str:
    return above if at == "." else f"{above}/{at}" if above else at


def _against(
    profile: LoadedProfile,
    dictionary: Dictionary,
    bound: BoundProfile,
    bindings: list[Bound],
    scan: Scan,
    survey: Survey,
) -> Iterator[Remark]:
    model, lines = profile.model, profile.file
    candidate = next((one for one in scan.candidates if one.name == profile.name), None)
    if candidate is None or not candidate.fits:
        failing = [one.what for one in candidate.conditions if not one.holds] if candidate is not None else []
        line = lines.line(("match",))
        if failing:
            yield Remark(True, line, Text("check-no-fit-because", conditions="; ".join(failing)))
        else:
            yield Remark(True, line, Text("check-no-fit"))
    covered = coverage(survey, bound, model)
    if not covered.records:
        yield Remark(True, lines.line(("records",)), Text("check-no-pupils", records=model.records))
    places = _places(survey, model)
    for one in bindings:
        line = lines.line(one.keys)
        values = places.get(one.path)
        if values is None:
            hint = did_you_mean(one.path, places)
            yield Remark(False, line, Text("check-path-absent", path=one.path, field=one.field, hint=hint))
        elif values.count:
            yield from _values(one, values, dictionary, model, line)
    for path, values, _parents in survey.root.values():
        if values.count and path not in covered.fields:
            yield Remark(False, 0, Text("check-path-unread", path=path, count=values.count))


def _values(one: Bound, values: Values, dictionary: Dictionary, model: Profile, line: int) -> Iterator[Remark]:
    """Whether the values at a path can be read as the profile says."""
    kind, text = dictionary[one.field].type, model.text
    share, what = 1.0, Text("check-dates", style="")
    if kind == "date":
        style = one.binding.dates or text.dates
        share = values.written(style)
        what = Text("check-dates", style=style)
    elif kind == "decimal":
        mark = one.binding.decimal or text.decimal
        share = values.share("integer", "decimal-comma" if mark == "," else "decimal-point")
        what = Text("check-decimals", mark=mark)
    elif kind == "integer":
        share, what = values.share("integer"), Text("check-integers")
    elif kind == "pgn":
        share, what = (
            values.share("bsn", "onderwijsnummer"),
            Text("check-pgns"),
        )
    elif kind == "boolean":
        words = frozenset(word.lower() for word in (*text.true, *text.false))
        share, what = (
            _within(values, words, lower=True),
            Text("check-words", words=", ".join(sorted(words))),
        )
    elif one.binding.codes is not None:
        entries = frozenset(model.code_table(one.binding.codes).entries)
        share, what = _within(values, entries), Text("check-codes", table=one.binding.codes)
    if share < _READABLE:
        part = f"{100 * share:.0f} %"
        yield Remark(share < 0.5, line, Text("check-values-refused", field=one.field, part=part, what=what))


def _within(values: Values, words: frozenset[str], *, lower: bool = False) -> float:
    if values.candidates is None:
        return 0.0
    fitting = sum(n for text, n in values.candidates.items() if (text.lower() if lower else text) in words)
    return fitting / values.count


def _places(survey: Survey, model: Profile) -> dict[str, Values]:
    """The values of every path, as the profile names it: nested tables stand inside their parent."""
    found = {path: values for path, values, _parents in survey.root.values()}
    if not survey.tables:
        return {path: values for place in survey.root.walk() for path, values in _all_values(place)}
    record = model.records.rpartition("/")[2]
    for name, nested in model.nested.items():
        chain, above = [name], nested.in_
        while above is not None and above in model.nested and above not in chain:
            chain.insert(0, above)
            above = model.nested[above].in_
        table = next((one for one in survey.root.children.values() if one.name.lower() == xml_name(name).lower()), None)
        for column in table.children.values() if table is not None else ():
            found["/".join((survey.root.name, record, *chain, column.name))] = column.text
    return found


def _all_values(place: ElementFacts) -> Iterator[tuple[str, Values]]:
    yield place.path, place.text
    for name, values in place.attributes.items():
        yield f"{place.path}/@{name}", values
