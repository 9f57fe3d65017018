"""Source profiles: how one concrete export layout says what the dictionary means.

A profile is data (`mappings/sources/*.yaml`). Paths are element names joined by `/`, `@name` for an attribute and
`.` for the element itself; in `fields` and `lists` they start below the record, in `shared`, `shared-lists`, `tables`,
`ignored` and `match` they start at the root element.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dod2oso.base.caches import by_version
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.models import Strict, fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.xml import is_plain_encoding
from dod2oso.base.yaml import YamlFile, load, loads
from dod2oso.findings.catalogue import reasons
from dod2oso.oso.added import added
from dod2oso.oso.derive.notation import dump
from dod2oso.source.codes import CodeTable, code_table
from dod2oso.source.datestyle import is_date_style, two_digit_years
from dod2oso.source.dictionary import Dictionary, load_dictionary
from dod2oso.source.formats.registry import profile_formats


def _as_binding(value: Any) -> Any:
    return {"at": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _date_style(text: str) -> str:
    if not is_date_style(text):
        raise ValueError("a pattern of d, m and j, such as dd-mm-jjjj, d-m-jj or d mmm jjjj")
    return text


DateStyle = Annotated[str, AfterValidator(_date_style)]


def _format(word: str) -> str:
    if word not in profile_formats():
        raise ValueError(f"one of {', '.join(profile_formats())}")
    return word


def _formats_there_are(schema: dict[str, Any]) -> None:
    schema["enum"] = list(profile_formats())


Format = Annotated[str, AfterValidator(_format), Field(json_schema_extra=_formats_there_are)]


class Binding(Strict):
    """Where one field is found and how it is written there.

    `at` may name several paths; the first one with a value counts. `codes` is a table in codes.yaml that turns the
    export's codes into ours. `join` takes the value as the key of a row in `tables` and adds that row's fields.
    """

    at: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
    codes: str | None = None
    dates: DateStyle | None = None
    decimal: Literal[".", ","] | None = None
    join: str | None = None


AnyBinding = Annotated[Binding, BeforeValidator(_as_binding)]


class ListBinding(Strict):
    """A repeating group: where its items are and the fields of an item (paths relative to the item).

    `starts`: the items stand one after the other in the one element at `at`, without an element of their own; each
    child of this name begins the next item. `constants`: what the layout itself says of every item, in dictionary
    notation (an element called huisarts holds a huisarts); no value of the source, so in no balance.
    """

    at: str
    starts: str | None = None
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
    `groep.naam`.
    """

    at: str
    key: str
    fields: dict[str, AnyBinding]


class Nested(Strict):
    """How the rows of a table find their parent row: a column of their own holds what a column of the parent holds.

    `by`: the column that has the same name in both; else `own` and `parent`. `in`: the parent table, when that is not
    the table of records but a nested one.
    """

    by: str | None = None
    own: str | None = None
    parent: str | None = None
    in_: str | None = Field(None, alias="in")

    @property
    def columns(self) -> tuple[str, str]:
        """The column of the row itself and the one of its parent."""
        return self.own or self.by or "", self.parent or self.by or ""


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
    Tables: the columns that a table of this layout has at least; the table gets the name that stands here.
    """

    root: str | None = None
    namespace: str | None = None
    values: dict[str, tuple[str | None, ...]] = {}
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


class Profile(Strict):
    """One export layout.

    `format`: what source formats say that they are read with (formats/registry.py): an XML document; several `tables`
    (CSV files, the sheets of a spreadsheet, a database); text tables of `fixed` width; and so on. A bundle of tables
    reads like a document: root `bundel`, an element per row with the name of its table, a child per column, and the
    rows of `nested` tables inside their parent.

    `alone`: a document may also be one single record, which then is the root element itself. `constants`: what holds
    for every record and stands nowhere in the export. `items`: lists that the layout writes as columns of the record.
    `codes`: code tables of this layout alone.
    """

    profile: str
    describes: str
    certainty: Literal["C", "I", "U", "own"] = "own"
    extends: str | None = None
    format: Format = "xml"
    match: Match
    text: Text = Text()
    records: str
    alone: bool = False
    nested: dict[str, Nested] = {}
    widths: dict[str, dict[str, int]] = {}
    attachments: tuple[LooseFiles, ...] = ()
    shared: dict[str, AnyBinding] = {}
    shared_lists: dict[str, ListBinding] = {}
    tables: dict[str, TableBinding] = {}
    constants: dict[str, str] = {}
    codes: dict[str, OwnCodes] = {}
    fields: dict[str, AnyBinding] = {}
    lists: dict[str, ListBinding] = {}
    items: dict[str, tuple[ColumnItem, ...]] = {}
    ignored: tuple[Ignored, ...] = ()

    @property
    def is_tree(self) -> bool:
        """Whether such an export is one tree with a root, and not tables."""
        return profile_formats()[self.format] == "tree"

    def code_table(self, name: str) -> CodeTable:
        """A code table by name: one of the profile's own, else one of codes.yaml."""
        own = self.codes.get(name)
        if own is None:
            return code_table(name)
        return CodeTable(name, self.describes, own.entries, frozenset(own.lossy), own.otherwise)


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile with the file it came from, for messages."""

    model: Profile
    file: YamlFile
    path: Path | None = None

    @property
    def name(self) -> str:
        return self.model.profile


def load_profile(path: Path, dictionary: Dictionary | None = None) -> LoadedProfile:
    """Read and check one profile: every bound name exists in the dictionary."""
    file = load(path)
    data = _inherit(file, path)
    model = validate(Profile, data, file)
    _check_names(LoadedProfile(model, file), dictionary or load_dictionary())
    return LoadedProfile(model, file, path)


@by_version
def shipped_profiles() -> tuple[LoadedProfile, ...]:
    """All profiles that come with dod2oso, by name, and one for each OSO version that a user added."""
    shipped = [load_profile(path) for path in sorted((mappings_dir() / "sources").glob("*.yaml"))]
    return (*shipped, *(_of_version(name) for name in added()))


def _of_version(name: str) -> LoadedProfile:
    """Reads dossiers of a version that a user added: as the nearest one that came with dod2oso.

    Elements that only the new version has are not bound; what stands in them is counted as not read.
    """
    facts = added()[name]
    text = dump(
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
        return _overlay(_inherit(load(base), base, above), data)
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


def _check_names(profile: LoadedProfile, dictionary: Dictionary) -> None:
    model, file = profile.model, profile.file
    encoding = model.text.encoding
    if encoding is not None and not is_plain_encoding(encoding):
        raise fail(file, ("text", "encoding"), "profile-encoding", encoding=encoding)
    for number, loose in enumerate(model.attachments):
        if (loose.file is None) == (loose.by is None or loose.name is None) or (loose.name or "{}").count("{}") != 1:
            raise fail(file, ("attachments", number), "profile-attachments")
    for name, nested in model.nested.items():
        known = list(model.nested)[: list(model.nested).index(name)]
        if not all(nested.columns) or model.is_tree or (nested.in_ is not None and nested.in_ not in known):
            raise fail(file, ("nested", name), "profile-nested")
    if model.is_tree != (model.match.root is not None) or (model.format == "fixed") != bool(model.widths):
        raise fail(file, ("match",), "profile-match")
    for number, item in enumerate(model.ignored):
        if item.reason not in reasons():
            raise fail(
                file,
                ("ignored", number, "reason"),
                "profile-reason-unknown",
                reason=item.reason,
                known=", ".join(reasons()),
            )

    def check(name: str, *at: str) -> None:
        if name not in dictionary:
            raise fail(file, at, "profile-field-unknown", name=name)

    def check_items(prefix: str, items: dict[str, tuple[ColumnItem, ...]], *at: str) -> None:
        for name, made in items.items():
            for number, item in enumerate(made):
                where = (*at, name, str(number))
                for field in (*item.from_, *item.constants):
                    check(f"{prefix}{name}[].{field}", *where)
                check_items(f"{prefix}{name}[].", item.items, *where, "items")

    def check_list(prefix: str, binding: ListBinding, *at: str) -> None:
        check_items(f"{prefix}[].", binding.items, *at, "items")
        for field in binding.fields:
            check(f"{prefix}[].{field}", *at, "fields", field)
        for name, nested in binding.lists.items():
            check_list(f"{prefix}[].{name}", nested, *at, "lists", name)

    check_items("", model.items, "items")
    for name, own in model.codes.items():
        if not set(own.lossy) <= set(own.entries):
            raise fail(
                file, ("codes", name), "lossy-codes-unknown", codes=", ".join(sorted({*own.lossy} - {*own.entries}))
            )
    if two_digit_years(model.text.dates) and model.text.pivot is None:
        raise fail(file, ("text", "dates"), "profile-pivot")
    for section, names in (("shared", model.shared), ("fields", model.fields), ("constants", model.constants)):
        for name in names:
            check(name, section, name)
    for table, rows in model.tables.items():
        for field in rows.fields:
            check(f"{table}.{field}", "tables", table, "fields", field)
    for section, lists in (("shared-lists", model.shared_lists), ("lists", model.lists)):
        for name, binding in lists.items():
            check_list(name, binding, section, name)
