"""A source profile as it is read: its own lines over those of what it extends, each with where it stands."""

from collections.abc import Iterator

from dod2oso.base.yaml import YamlFile
from dod2oso.discover.survey.check import Bound, all_bindings
from dod2oso.source.profile import LoadedProfile, find_profile, lineage


def show_profile(name: str) -> Iterator[str]:
    """The lines: about the layout, then per dictionary field its path, how it is written, and file and line."""
    profile = find_profile(name)
    files = lineage(profile)
    yield from _head(profile, files)
    rows = []
    for one in all_bindings(profile.model):
        doubt = profile.model.doubt(one.field)
        line = where(files, one.keys) + (f" [{doubt}]" if doubt else "")
        rows.append((one.field, one.path, how_written(one), line))
    widths = [max((len(row[number]) for row in rows), default=0) for number in range(3)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)).rstrip()
    for item in profile.model.ignored:
        yield f"ignored  {item.at}  {item.reason}"


def _head(profile: LoadedProfile, files: list[YamlFile]) -> Iterator[str]:
    model = profile.model
    yield f"profile: {model.profile} ({' < '.join(file.name for file in files)})"
    yield f"describes: {model.describes}"
    yield f"certainty: {model.certainty}"
    yield f"format: {model.format}"
    if model.match.root is not None:
        yield f"match: root {model.match.root}" + (
            f", namespace {model.match.namespace}" if model.match.namespace else ""
        )
    for path in model.match.has:
        yield f"match: {path}"
    for path, accepted in model.match.values.items():
        yield f"match: {path} = {' | '.join('-' if text is None else text for text in accepted)}"
    for table, columns in model.match.tables.items():
        yield f"match: table {table}: {', '.join(columns)}"
    text = model.text
    words = f"true {'/'.join(text.true)}, false {'/'.join(text.false)}"
    yield f"text: dates {text.dates}, decimal '{text.decimal}', {words}"
    yield f"records: {model.records}"
    for name, nested in model.nested.items():
        own, parent = map("+".join, nested.columns)
        yield f"nested: {name}.{own} = {nested.in_ or model.records.rpartition('/')[2]}.{parent}"
    yield ""


def how_written(one: Bound) -> str:
    """What a binding says of its values besides where they stand."""
    said = one.binding.model_dump(by_alias=True, exclude_defaults=True, exclude={"at"})
    split = {"split": one.split} if one.split else {}
    return ", ".join(f"{key}: {value}" for key, value in (said | split).items())


def where(files: list[YamlFile], keys: tuple[str | int, ...]) -> str:
    """File and line of the first file, from the profile down to what it extends, that has these keys."""
    for file in files:
        if keys in file.lines:
            return f"{file.name}:{file.line(keys)}"
    return files[0].name
