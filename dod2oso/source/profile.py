"""Source profiles: how one concrete export layout says what the dictionary means.

A profile is data (`mappings/sources/*.yaml`). Paths are element names joined by `/`, `@name` for an attribute and
`.` for the element itself; in `fields` and `lists` they start below the record, in `shared`, `shared-lists`, `tables`,
`ignored` and `match` they start at the root element.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dod2oso.base.caches import by_version
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.kept import kept
from dod2oso.base.models import Strict, Unfit, fail, problems, validate
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.resources import is_shipped, mappings_dir
from dod2oso.base.texts import Text as Told
from dod2oso.base.xml import is_plain_encoding
from dod2oso.base.yaml import KeyPath, YamlFile, load, loads
from dod2oso.findings import catalogue
from dod2oso.findings.catalogue import entries, reasons
from dod2oso.oso.added import added
from dod2oso.source.codes import CodeTable, code_table, load_codes
from dod2oso.source.datestyle import is_date_style, two_digit_years
from dod2oso.source.dictionary import Dictionary, load_dictionary, parse_name
from dod2oso.source.formats.registry import profile_formats
from dod2oso.source.splitters import RULES, Rule, separated

TITLES_WITHIN = 20  # rows at the top of a table, in which titles may stand above the column names


def _as_binding(value: Any) -> Any:
    return {"at": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _date_style(text: str) -> str:
    if not is_date_style(text):
        raise Unfit(Told("date-style-wrong"))
    return text


DateStyle = Annotated[str, AfterValidator(_date_style)]


def _format(word: str) -> str:
    if word not in profile_formats():
        raise ValueError(f"one of {', '.join(profile_formats())}")
    return word


def _formats_there_are(schema: dict[str, Any]) -> None:
    schema["enum"] = list(profile_formats())


Format = Annotated[str, AfterValidator(_format), Field(json_schema_extra=_formats_there_are)]


Paths = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | list[str])]
Factor = Annotated[float, Field(gt=0)]


class Binding(Strict):
    """Where one field is found and how it is written there.

    `at` may name several paths; the first one with a value counts. `codes` is a table in codes.yaml that turns the
    export's codes into ours. `join` takes the value as the key of a row in `tables` and adds that row's fields.
    `together`: the values at all places in `at`, in that order and with this text between them, are the one value.
    `units`: words that may stand behind a number -> by how much that unit is multiplied. `true` and `false`: the words
    of this field alone. `pivot`: as in `text`, for this field alone.
    """

    at: Paths
    codes: str | None = None
    dates: DateStyle | None = None
    pivot: int | None = Field(None, ge=0, le=99)
    decimal: Literal[".", ","] | None = None
    units: dict[str, Factor] = {}
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    together: str | None = None
    join: str | None = None


AnyBinding = Annotated[Binding, BeforeValidator(_as_binding, json_schema_input_type=str | Binding)]


class Split(Strict):
    """One value in which several fields stand. `by`: the rule (splitters.py, or `splitters` of the profile).

    `into`: each part that the rule gives -> the field it is. A value that the rule does not fit is refused and told.
    """

    at: str
    by: str
    into: dict[str, str]


class Gather(Strict):
    """Several items that are parts of one: rows of one test taking.

    Items of which all fields in `by` are the same become one item. Those that have an item in the list `parts` are
    parts: what they hold in the fields and lists in `moves` belongs to that item, and not to the whole.
    """

    by: tuple[str, ...] = Field(min_length=1)
    parts: str | None = None
    moves: tuple[str, ...] = ()


Only = dict[str, tuple[str | None, ...]]


class ListBinding(Strict):
    """A repeating group: where its items are and the fields of an item (paths relative to the item).

    `starts`: the items stand one after the other in the one element at `at`, without an element of their own; each
    child of this name begins the next item. `constants`: what the layout itself says of every item, in dictionary
    notation (an element called huisarts holds a huisarts); no value of the source, so in no balance. `only`: path ->
    the texts with which an item is read; others are left out and counted. `refer`: a table in `tables` -> where in the
    item the key of its row stands. `gather`: which items are one.
    """

    at: str
    starts: str | None = None
    only: Only = {}
    refer: dict[str, Paths] = {}
    gather: Gather | None = None
    splits: tuple[Split, ...] = ()
    constants: dict[str, str] = {}
    fields: dict[str, AnyBinding] = {}
    lists: dict[str, "ListBinding"] = {}
    items: dict[str, tuple["ColumnItem", ...]] = {}


class ColumnItem(Strict):
    """One item of a list that the layout writes as columns of the record: the mother in moeder_naam and moeder_tel.

    `from`: field of an item -> where its value stands. The item is there when one of these has a value. `constants`:
    what the columns say by their name, in dictionary notation. `items`: lists inside the item, in the same way.
    """

    from_: dict[str, AnyBinding] = Field({}, alias="from")
    splits: tuple[Split, ...] = ()
    constants: dict[str, str] = {}
    items: dict[str, tuple["ColumnItem", ...]] = {}


class OwnCodes(Strict):
    """A code table of the profile itself. `otherwise`: what every other code means; told with each value."""

    entries: dict[str, str]
    lossy: tuple[str, ...] = ()
    otherwise: str | None = None


class TableBinding(Strict):
    """Rows elsewhere in the export that records refer to by key (groups, locations).

    The fields are added to a record under `<table>.<field>`: table `groep`, field `naam` is dictionary field
    `groep.naam`. With `into` they are fields of the items of that list that refer to the row, and with `into: .` fields
    of the record; then a row may have lists too. `key`: what stands there, of several paths together, is the key;
    `../` goes up, to what the row stands in.
    `refer`: other tables of which a row names a row.
    """

    at: str
    key: Paths
    into: str | None = None
    fields: dict[str, AnyBinding] = {}
    splits: tuple[Split, ...] = ()
    lists: dict[str, ListBinding] = {}
    items: dict[str, tuple[ColumnItem, ...]] = {}
    refer: dict[str, Paths] = {}

    def prefix(self, name: str) -> str:
        """What stands before its fields in the dictionary, when the table is called `name`."""
        return f"{name}." if self.into is None else "" if self.into == "." else f"{self.into}[]."


class Nested(Strict):
    """How the rows of a table find their parent row: a column of their own holds what a column of the parent holds.

    `by`: the column that has the same name in both; else `own` and `parent`. Each may be several columns, which are the
    key together. `in`: the parent table, when that is not
    the table of records but a nested one.
    """

    by: Paths = ()
    own: Paths = ()
    parent: Paths = ()
    in_: str | None = Field(None, alias="in")

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns of the row itself and those of its parent."""
        return self.own or self.by, self.parent or self.by


class LooseFiles(Strict):
    """Attachments that lie beside the data, and how a record finds its own.

    Either the data names the file: `at` is the element, `file` where below it the name stands, and the content is
    added to that element as child `as` (Base64). Or the file is named after the pupil: `by` is a path in the record,
    `name` the pattern of the file name with `{}` for the value there and `*` for anything; each such file is added to
    the record as an element `at` with children `naam` and `inhoud`.
    """

    at: str
    file: str | None = None
    as_: str = Field("inhoud", alias="as")
    by: str | None = None
    name: str | None = None


class Ignored(Strict):
    """A part of the layout that is deliberately not read, with a key of reasons.yaml."""

    at: str
    reason: str


class Match(Strict):
    """How the layout is recognised: by content, never by file name. All conditions must hold.

    XML: `root`, `namespace` and `values`: path -> accepted texts; `null` among them accepts that the path is absent.
    `has`: elements that stand in the first 256 kB, with whatever in them. JSON is read as XML with the root `json`.
    `within`: elements that may stand around that root; a SOAP envelope always may.
    Tables: the columns that a table of this layout has at least; the table gets the name that stands here.
    """

    root: str | None = None
    namespace: str | None = None
    within: tuple[str, ...] = ()
    values: dict[str, tuple[str | None, ...]] = {}
    has: tuple[str, ...] = ()
    tables: dict[str, tuple[str, ...]] = {}


class Text(Strict):
    """How values are written.

    `encoding`: XML says its own, so only when that is known to be wrong; text tables are UTF-8 unless it stands here.
    `pivot`: two digits of a year from here on are of the last century (with a date style that has `jj`).
    `html`: text may hold HTML entities (`Ren&amp;eacute;e`), which are read as the characters they stand for.
    """

    encoding: str | None = None
    html: bool = False
    dates: DateStyle = "jjjj-mm-dd"
    pivot: int | None = Field(None, ge=0, le=99)
    decimal: Literal[".", ","] = "."
    true: tuple[str, ...] = ("true", "1")
    false: tuple[str, ...] = ("false", "0")


class OwnSplitter(Strict):
    """A rule of the profile itself: `parts` with `separator` between them. `complete`: no part may be missing."""

    separator: str = Field(min_length=1)
    parts: tuple[str, ...] = Field(min_length=2)
    complete: bool = True


class Example(Strict):
    """An example of the layout, made up, with what is read in it (`profile test`).

    Of a document: `input`, a record element or a whole document. Of tables: `rows`, the table's name -> its rows, each
    column -> cell. `expect`: dictionary field -> its value in dictionary notation, several in a list in the order in
    which they stand, null for none. `finding`: the code of a finding that it brings out.
    """

    name: str
    input: str | None = None
    rows: dict[str, tuple[dict[str, str], ...]] = {}
    expect: dict[str, str | tuple[str, ...] | None] = {}
    finding: str | None = None


class Profile(Strict):
    """One export layout.

    `format`: what source formats say that they are read with (formats/registry.py): an XML document; several `tables`
    (CSV files, the sheets of a spreadsheet, a database); text tables of `fixed` width; and so on. A bundle of tables
    reads like a document: root `bundel`, an element per row with the name of its table, a child per column, and the
    rows of `nested` tables inside their parent.

    `alone`: a document may also be one single record, which then is the root element itself. `constants`: what holds
    for every record and stands nowhere in the export. `items`: lists that the layout writes as columns of the record.
    `codes`: code tables of this layout alone. `splits` and `splitters`: values in which several fields stand, and rules
    to take them apart. `only`: path in a record -> the texts with which it is read; `null` accepts that there is none.
    What is left out is counted. `refer`: see `ListBinding`. `header`: the row with the column names, counted from 1,
    where it is not the first one. `sheet-names`: table -> the name of a column to be added, with the name of the sheet
    or file in which a row stands; all tables of that shape are then read as one.
    `records-of`: a nested table of which the rows make the records: there is one for every different key.
    `namespaces`: prefix -> namespace, for steps of a path that are not in the namespace of the root (`oso:score`).
    `tests`: examples; those of a profile that is extended do not come along. `unsure`: how sure less certain parts of
    the layout are (I inferred, U unknown) -> their fields, or `list[]` for all that is in a list.
    """

    profile: str
    describes: str
    certainty: Literal["C", "I", "U", "own"] = "own"
    unsure: dict[Literal["I", "U"], tuple[str, ...]] = {}
    extends: str | None = None
    format: Format = "xml"
    match: Match
    namespaces: dict[str, str] = {}
    text: Text = Text()
    records: str
    records_of: str | None = None
    alone: bool = False
    only: Only = {}
    header: int | None = Field(None, ge=1, le=TITLES_WITHIN)
    sheet_names: dict[str, str] = {}
    nested: dict[str, Nested] = {}
    widths: dict[str, dict[str, int]] = {}
    attachments: tuple[LooseFiles, ...] = ()
    shared: dict[str, AnyBinding] = {}
    shared_lists: dict[str, ListBinding] = {}
    tables: dict[str, TableBinding] = {}
    constants: dict[str, str] = {}
    codes: dict[str, OwnCodes] = {}
    splitters: dict[str, OwnSplitter] = {}
    fields: dict[str, AnyBinding] = {}
    splits: tuple[Split, ...] = ()
    refer: dict[str, Paths] = {}
    lists: dict[str, ListBinding] = {}
    items: dict[str, tuple[ColumnItem, ...]] = {}
    ignored: tuple[Ignored, ...] = ()
    tests: tuple[Example, ...] = ()

    @property
    def is_tree(self) -> bool:
        """Whether such an export is one tree with a root, and not tables."""
        return profile_formats()[self.format] == "tree"

    def doubt(self, field: str) -> str:
        """How sure the place and meaning of a field are, where that is less than the layout as a whole; else ""."""
        return next((mark for mark, names in self.unsure.items() if any(_covers(name, field) for name in names)), "")

    def splitter(self, name: str) -> Rule | None:
        """A rule to take values apart, by name: one of the profile's own, else one of splitters.py."""
        own = self.splitters.get(name)
        return RULES.get(name) if own is None else separated(own.separator, own.parts, all_there=own.complete)

    def code_table(self, name: str) -> CodeTable:
        """A code table by name: one of the profile's own, else one of codes.yaml."""
        own = self.codes.get(name)
        if own is None:
            return code_table(name)
        return CodeTable(name, self.describes, own.entries, frozenset(own.lossy), own.otherwise)


def _covers(name: str, field: str) -> bool:
    """Whether a name of `unsure` is this field, or the list that it is in."""
    return field == name or (name.endswith("[]") and field.startswith(f"{name}."))


@dataclass(frozen=True)
class LoadedProfile:
    """A profile with the file it came from, for messages."""

    model: Profile
    file: YamlFile
    path: Path | None = None

    @cached_property
    def text(self) -> bytes:
        """All that it says, as JSON: equal for profiles that read alike. Each run asks for it of every profile."""
        return self.model.model_dump_json().encode()

    @property
    def name(self) -> str:
        return self.model.profile


def load_profile(path: Path, dictionary: Dictionary | None = None) -> LoadedProfile:
    """Read and check one profile: every bound name exists in the dictionary."""
    file = load(path)
    data = _inherit(file, path)
    model = validate(Profile, data, file)
    loaded = LoadedProfile(model, file, path)

    def objected() -> None:
        for problem in _objections(loaded, dictionary or load_dictionary()):
            raise problem

    if dictionary is None and is_shipped(path):  # none of ours has any, and to look costs much of a small run
        whole = json.dumps(data, default=str).encode()
        kept(path.with_suffix(".checked"), _of_ours(mappings_dir()) + whole, objected)
    else:
        objected()
    return loaded


@cache
def _of_ours(home: Path) -> bytes:
    """Changes with every file of ours on which it depends whether a profile is right."""
    files = (*sorted(home.rglob("*.yaml")), *Path(catalogue.__file__).parent.glob("*.yaml"), Path(__file__))
    there = (path for path in files if path.is_file())  # in the programme that is one file our code is not a file
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in there)).digest()


def profile_of_text(text: str, name: str, beside: Path) -> LoadedProfile:
    """As `load_profile`, for a profile that is not written yet: `name`: of its file, in folder `beside`."""
    file, path = loads(text, name), beside / name
    model = validate(Profile, _inherit(file, path), file)
    for problem in _objections(LoadedProfile(model, file), load_dictionary()):
        raise problem
    return LoadedProfile(model, file, path)


@by_version
def shipped_profiles() -> tuple[LoadedProfile, ...]:
    """All profiles that come with dod2oso, by name, and one for each OSO version that a user added."""
    return (*map(load_profile, _shipped()), *(_of_version(name) for name in added()))


@by_version
def shipped_names() -> tuple[str, ...]:
    """The names of `shipped_profiles`, for who needs no more of them: they are read, not checked."""
    return (*(str(load(path).data["profile"]) for path in _shipped()), *(f"oso-{name}" for name in added()))


def _shipped() -> list[Path]:
    return sorted((mappings_dir() / "sources").glob("*.yaml"))


def _of_version(name: str) -> LoadedProfile:
    """Reads dossiers of a version that a user added: as the nearest one that came with dod2oso.

    Elements that only the new version has are not bound; what stands in them is counted as not read.
    """
    from dod2oso.base.yamltext import dumped

    facts = added()[name]
    text = dumped(
        {
            "profile": f"oso-{name}",
            "describes": f"An OSO dossier (gegevensset {name})",
            "extends": f"oso-{facts.nearest}",
            "match": {"namespace": facts.namespace},
        }
    )
    file = loads(text, f"oso-{name}.yaml")
    path = mappings_dir() / "sources" / f"oso-{name}.yaml"  # there is no such file; what it extends lies there
    model = validate(Profile, _inherit(file, path), file)
    return LoadedProfile(model, file, path)


def find_profile(name_or_file: str) -> LoadedProfile:
    """The shipped profile of that name, or the profile in that file."""
    path = Path(name_or_file)
    shipped = mappings_dir() / "sources" / f"{name_or_file}.yaml"
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return load_profile(path)
    if shipped.is_file() and path.name == name_or_file:
        return load_profile(shipped)
    if name_or_file.removeprefix("oso-") in added():
        return _of_version(name_or_file.removeprefix("oso-"))
    names = ", ".join(p.stem for p in sorted((mappings_dir() / "sources").glob("*.yaml")))
    raise ConfigurationError("profile-unknown", name=name_or_file, known=names)


_SHORT = {"brin": "school.brin", "vestiging": "school.vestiging"}


def with_given(profiles: tuple[LoadedProfile, ...], given: Iterable[str]) -> tuple[LoadedProfile, ...]:
    """The profiles with constants from NAME=VALUE texts; UsageError when such a text names no single field."""
    constants = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        name = _SHORT.get(name, name)
        if not equals or not value or "[]" in name or name not in load_dictionary():
            raise UsageError("given-wrong", text=name)
        constants[name] = value.upper() if name == "school.brin" else value
    if not constants:
        return profiles
    return tuple(
        replace(one, model=one.model.model_copy(update={"constants": {**one.model.constants, **constants}}))
        for one in profiles
    )


def lineage(profile: LoadedProfile) -> list[YamlFile]:
    """The profile's own file and those it extends, nearest first."""
    files = [profile.file]
    paths = [profile.path] if profile.path is not None else []
    while paths:
        data = files[-1].data if isinstance(files[-1].data, dict) else {}
        base = _base(data.get("extends"), paths[-1], tuple(path.resolve() for path in paths))
        if base is None:
            break
        files.append(load(base))
        paths.append(base)
    return files


_NAME = re.compile(r"\w[\w. -]{0,99}")  # what a profile can be called: the name of a file, and no path


def _base(name: Any, beside: Path, above: tuple[Path, ...]) -> Path | None:
    """The file of the profile of that name: one beside the file that extends it, else a shipped one."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    for folder in (beside.parent, mappings_dir() / "sources"):
        base = folder / f"{name}.yaml"
        if base.is_file() and base.resolve() not in above:  # a profile may have the name of the one it adapts
            return base
    return None


def _inherit(file: YamlFile, path: Path, above: tuple[Path, ...] = ()) -> Any:
    """Lay a profile's lines over those of the profile that it extends: one beside it, else a shipped one."""
    data = file.data if isinstance(file.data, dict) else {}
    base_name = data.get("extends")
    if not base_name:
        return file.data
    above = (*above, path.resolve())
    base = _base(base_name, path, above)
    if base is not None:
        inherited = _inherit(load(base), base, above)
        return _overlay({key: value for key, value in inherited.items() if key != "tests"}, data)
    raise fail(file, ("extends",), "profile-base-unknown", name=base_name)


def _overlay(base: Any, over: Any) -> Any:
    """Keys of `over` win; nested maps are laid over each other; null removes a key; what is ignored adds up."""
    if isinstance(base, dict) and isinstance(over, dict):
        result = dict(base)
        for key, value in over.items():
            if value is None:
                result.pop(key, None)
            else:
                inherited = base.get(key)
                if key == "ignored" and isinstance(inherited, list) and isinstance(value, list):
                    result[key] = [*inherited, *value]
                else:
                    result[key] = _overlay(inherited, value)
        return result
    return over


def profile_problems(path: Path, dictionary: Dictionary | None = None) -> list[ConfigurationError]:
    """Everything that is wrong with the profile in a file, at once, in the order of the file.

    What does not fit the model is left out to look at the rest, as long as that can be done.
    """
    try:
        file = load(path)
        data = _inherit(file, path)
    except ConfigurationError as error:
        return [error]
    found: list[ConfigurationError] = []
    mended: set[KeyPath] = set()  # where data was changed, to look further: nothing is told of that
    for _attempt in range(_ATTEMPTS):
        wrong = [(keys, error) for keys, error in problems(Profile, data, file) if keys not in mended]
        if not wrong:
            break
        found += [error for _keys, error in wrong]
        for keys, _error in reversed(wrong):
            data = _without(data, keys)
            mended.add(keys)
    if not problems(Profile, data, file):
        loaded = LoadedProfile(validate(Profile, data, file), file)
        told = {_line(error) for error in found}
        found += [
            each
            for each in _objections(loaded, dictionary or load_dictionary())
            if each.code not in _OF_THE_WHOLE or _line(each) not in told
        ]
    return sorted(found, key=_line)


_ATTEMPTS = 5
_OF_THE_WHOLE = frozenset({"profile-match", "profile-nested", "profile-attachments", "profile-test-input"})
_ANY = "?"  # stands for a text that is missing


def _line(error: ConfigurationError) -> int:
    """The line in the file that an error is about; 0 when it names none."""
    known = error.message.values.get("line")
    if isinstance(known, int):
        return known
    line = str(error.message.values.get("place", "")).rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _without(data: Any, keys: KeyPath) -> Any:
    """The data without what stands at these keys, or with a text where there is nothing.

    The keys may go on inside a value that can be written in two ways.
    """
    if not keys:
        return data
    if isinstance(data, dict) and len(keys) == 1 and keys[0] not in data:
        return {**data, keys[0]: _ANY}
    if isinstance(data, dict) and keys[0] in data:
        if len(keys) == 1 or not _holds(data[keys[0]], keys[1]):
            return {key: value for key, value in data.items() if key != keys[0]}
        return {**data, keys[0]: _without(data[keys[0]], keys[1:])}
    if isinstance(data, list) and isinstance(keys[0], int) and keys[0] < len(data):
        number = keys[0]
        if len(keys) == 1 or not _holds(data[number], keys[1]):
            return [*data[:number], *data[number + 1 :]]
        return [*data[:number], _without(data[number], keys[1:]), *data[number + 1 :]]
    return data


def _holds(data: Any, key: str | int) -> bool:
    return (
        key in data if isinstance(data, dict) else isinstance(data, list) and isinstance(key, int) and key < len(data)
    )


def _objections(profile: LoadedProfile, dictionary: Dictionary) -> Iterator[ConfigurationError]:
    """What is wrong with the names and the parts of a profile, each with its line."""
    model, file = profile.model, profile.file
    encoding = model.text.encoding
    if encoding is not None and not is_plain_encoding(encoding):
        yield fail(file, ("text", "encoding"), "profile-encoding", encoding=encoding)
    for number, loose in enumerate(model.attachments):
        if (loose.file is None) == (loose.by is None or loose.name is None) or (loose.name or "{}").count("{}") != 1:
            yield fail(file, ("attachments", number), "profile-attachments")
    for name, nested in model.nested.items():
        known = list(model.nested)[: list(model.nested).index(name)]
        if not all(nested.columns) or model.is_tree or (nested.in_ is not None and nested.in_ not in known):
            yield fail(file, ("nested", name), "profile-nested")
    if model.is_tree != (model.match.root is not None) or (model.format == "fixed") != bool(model.widths):
        yield fail(file, ("match",), "profile-match")
    for number, item in enumerate(model.ignored):
        if item.reason not in reasons():
            yield fail(
                file,
                ("ignored", number, "reason"),
                "profile-reason-unknown",
                reason=item.reason,
                known=", ".join(reasons()),
            )
    for name, own in model.codes.items():
        if not set(own.lossy) <= set(own.entries):
            yield fail(
                file, ("codes", name), "lossy-codes-unknown", codes=", ".join(sorted({*own.lossy} - {*own.entries}))
            )
        for one, other in _two_notations(own.entries):
            yield fail(file, ("codes", name, "entries", other), "profile-codes-two-notations", one=one, other=other)
    if two_digit_years(model.text.dates) and model.text.pivot is None:
        yield fail(file, ("text", "dates"), "profile-pivot")
    tables = {*model.codes, *load_codes()}
    for field, at, binding in _named(model):
        if field not in dictionary:
            hint = did_you_mean(field, _alike(field, dictionary))
            yield fail(file, at, "profile-field-unknown", name=field, hint=hint)
        if binding is not None and binding.codes is not None and binding.codes not in tables:
            hint = did_you_mean(binding.codes, tables)
            yield fail(file, (*at, "codes"), "profile-codes-unknown", name=binding.codes, hint=hint)
        if binding is not None and binding.join is not None and binding.join not in model.tables:
            hint = did_you_mean(binding.join, model.tables)
            yield fail(file, (*at, "join"), "profile-join-unknown", name=binding.join, hint=hint)
        if binding is not None and two_digit_years(binding.dates or "") and None is binding.pivot is model.text.pivot:
            yield fail(file, (*at, "dates"), "profile-pivot")
        if binding is not None and binding.together is not None and len(binding.at) < 2:
            yield fail(file, at, "profile-together")
        if binding is not None and bool(binding.true) != bool(binding.false):
            yield fail(file, at, "profile-words")
    yield from _structure(profile, dictionary)
    bound = {field for field, _at, _binding in _named(model)}
    for mark, names in model.unsure.items():
        for number, name in enumerate(names):
            if not any(_covers(name, field) for field in bound):
                hint = did_you_mean(name, bound)
                yield fail(file, ("unsure", mark, number), "profile-unsure-unbound", name=name, hint=hint)
    for number, example in enumerate(model.tests):
        if (example.input is None) == (not example.rows) or (example.input is not None) != model.is_tree:
            yield fail(file, ("tests", number), "profile-test-input")
        for field in example.expect:
            if field not in dictionary:
                hint = did_you_mean(field, _alike(field, dictionary))
                yield fail(file, ("tests", number, "expect", field), "profile-field-unknown", name=field, hint=hint)
        if example.finding is not None and example.finding not in entries():
            hint = did_you_mean(example.finding, entries())
            yield fail(file, ("tests", number), "profile-test-finding", code=example.finding, hint=hint)


def _structure(profile: LoadedProfile, dictionary: Dictionary) -> Iterator[ConfigurationError]:
    """What is wrong with splits, references and what is gathered."""
    model, file = profile.model, profile.file
    for at, part in _parts(model):
        for number, split in enumerate(part.splits):
            rule = model.splitter(split.by)
            if rule is None:
                hint = did_you_mean(split.by, (*RULES, *model.splitters))
                yield fail(file, (*at, "splits", number, "by"), "profile-splitter-unknown", name=split.by, hint=hint)
            elif set(split.into) != set(rule.parts):
                yield fail(file, (*at, "splits", number, "into"), "profile-split-parts", parts=", ".join(rule.parts))
        for table in getattr(part, "refer", ()):
            if table not in model.tables or model.tables[table].into is None:
                into = [name for name, each in model.tables.items() if each.into is not None]
                hint = did_you_mean(table, into)
                yield fail(file, (*at, "refer", table), "profile-refer-unknown", name=table, hint=hint)
    for table, rows in model.tables.items():
        if not rows.key or (rows.into != "." and (rows.lists or rows.items)):
            yield fail(file, ("tables", table), "profile-table-lists")
    if model.records_of is not None:
        nested = model.nested.get(model.records_of)
        if nested is None or nested.in_ is not None or nested.columns[0] != nested.columns[1]:
            yield fail(file, ("records-of",), "profile-records-of")
    for table in model.sheet_names:
        if model.is_tree or table not in model.match.tables:
            yield fail(file, ("sheet-names", table), "profile-sheet-names")
    if model.header is not None and (model.is_tree or model.format == "fixed"):
        yield fail(file, ("header",), "profile-header")
    lists = {"[].".join(path) for path in dictionary.list_paths()}
    for name, at, each in _all_lists(model):
        gather = each.gather
        if gather is None:
            continue
        if gather.parts is None and gather.moves:
            yield fail(file, (*at, "gather"), "profile-gather-moves")
        if gather.parts is not None and f"{name}[].{gather.parts}" not in lists:
            yield fail(file, (*at, "gather", "parts"), "profile-gather-parts", name=gather.parts)
            continue
        for number, moved in enumerate(gather.moves):
            inner = f"{name}[].{gather.parts}[].{moved}"
            if inner not in dictionary and inner not in lists:
                hint = did_you_mean(inner, _alike(inner, dictionary))
                yield fail(file, (*at, "gather", "moves", number), "profile-field-unknown", name=inner, hint=hint)


def _all_lists(model: Profile) -> Iterator[tuple[str, KeyPath, ListBinding]]:
    """Every list that has items of its own, with its name in the dictionary and its keys in the file."""
    waiting: list[tuple[str, KeyPath, ListBinding]] = [
        *((name, ("lists", name), each) for name, each in model.lists.items()),
        *((name, ("shared-lists", name), each) for name, each in model.shared_lists.items()),
        *(
            (rows.prefix(table) + name, ("tables", table, "lists", name), each)
            for table, rows in model.tables.items()
            for name, each in rows.lists.items()
        ),
    ]
    while waiting:
        name, at, each = waiting.pop()
        yield name, at, each
        waiting += [(f"{name}[].{inner}", (*at, "lists", inner), one) for inner, one in each.lists.items()]


def _all_items(items: dict[str, tuple[ColumnItem, ...]], at: KeyPath) -> Iterator[tuple[KeyPath, ColumnItem]]:
    for name, made in items.items():
        for number, item in enumerate(made):
            yield (*at, name, number), item
            yield from _all_items(item.items, (*at, name, number, "items"))


def _parts(model: Profile) -> Iterator[tuple[KeyPath, Profile | ListBinding | ColumnItem | TableBinding]]:
    """Every part of a profile in which something can be split."""
    yield (), model
    yield from _all_items(model.items, ("items",))
    for _name, at, each in _all_lists(model):
        yield at, each
        yield from _all_items(each.items, (*at, "items"))
    for table, rows in model.tables.items():
        yield ("tables", table), rows
        yield from _all_items(rows.items, ("tables", table, "items"))


def _alike(name: str, dictionary: Dictionary) -> list[str]:
    """The fields of the list in which a name would stand; of no list, those that are in none."""
    lists = parse_name(name).lists
    return [field for field in dictionary.fields if parse_name(field).lists == lists] or list(dictionary.fields)


def _two_notations(entries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of codes that are one code in two notations (1 and 01, M and m) and mean something else: a slip."""
    first: dict[str, str] = {}
    for code, meaning in entries.items():
        known = first.setdefault(code.strip().casefold().lstrip("0") or "0", code)
        if entries[known] != meaning:
            yield known, code


Named = tuple[str, KeyPath, Binding | None]  # a dictionary field, its keys in the file, and how it is bound


def _named(model: Profile) -> Iterator[Named]:
    """Every dictionary field that a profile names."""
    for section, bound in (("shared", model.shared), ("fields", model.fields)):
        yield from ((name, (section, name), binding) for name, binding in bound.items())
    yield from ((name, ("constants", name), None) for name in model.constants)
    yield from _named_in_splits("", model.splits, ())
    for table, rows in model.tables.items():
        prefix, at = rows.prefix(table), ("tables", table)
        for field, binding in rows.fields.items():
            yield f"{prefix}{field}", (*at, "fields", field), binding
        yield from _named_in_splits(prefix, rows.splits, at)
        for name, each in rows.lists.items():
            yield from _named_in_list(f"{prefix}{name}", each, (*at, "lists", name))
        yield from _named_in_items(prefix, rows.items, (*at, "items"))
    for section, lists in (("shared-lists", model.shared_lists), ("lists", model.lists)):
        for name, each in lists.items():
            yield from _named_in_list(name, each, (section, name))
    yield from _named_in_items("", model.items, ("items",))


def _named_in_splits(prefix: str, splits: tuple[Split, ...], at: KeyPath) -> Iterator[Named]:
    for number, split in enumerate(splits):
        for part, field in split.into.items():
            yield f"{prefix}{field}", (*at, "splits", number, "into", part), None


def _named_in_list(prefix: str, binding: ListBinding, at: KeyPath) -> Iterator[Named]:
    for field, each in binding.fields.items():
        yield f"{prefix}[].{field}", (*at, "fields", field), each
    yield from _named_in_splits(f"{prefix}[].", binding.splits, at)
    if binding.gather is not None:
        for number, field in enumerate(binding.gather.by):
            yield f"{prefix}[].{field}", (*at, "gather", "by", number), None
    for name, nested in binding.lists.items():
        yield from _named_in_list(f"{prefix}[].{name}", nested, (*at, "lists", name))
    yield from _named_in_items(f"{prefix}[].", binding.items, (*at, "items"))


def _named_in_items(prefix: str, items: dict[str, tuple[ColumnItem, ...]], at: KeyPath) -> Iterator[Named]:
    for name, made in items.items():
        for number, item in enumerate(made):
            here = (*at, name, number)
            for field, binding in item.from_.items():
                yield f"{prefix}{name}[].{field}", (*here, "from", field), binding
            for field in item.constants:
                yield f"{prefix}{name}[].{field}", (*here, "constants", field), None
            yield from _named_in_splits(f"{prefix}{name}[].", item.splits, here)
            yield from _named_in_items(f"{prefix}{name}[].", item.items, (*here, "items"))
