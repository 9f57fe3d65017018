"""`bundle add`: what was found is put beside what is there already, tried, and kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dod2oso.base.errors import ExportError, UsageError
from dod2oso.base.texts import Text
from dod2oso.oso.bundles.gather import MOST_EXTRA, gather
from dod2oso.oso.bundles.recognise import LAYERS, Found, canonical, numbered, recognise, rooted
from dod2oso.oso.bundles.store import Bundle, data_folder, installed, keep, tried
from dod2oso.oso.bundles.trial import try_sheet
from dod2oso.oso.derive.problem import Problem
from dod2oso.oso.derive.take_in import Source, TakenIn, take_in
from dod2oso.oso.derive.workbook import Listed, Sheets, is_workbook, read_lists
from dod2oso.oso.official import judge_for
from dod2oso.oso.versions import VERSIONS, version_of_namespace
from dod2oso.oso.versions import version as known_version

_NAMED = 5  # of files that are left out


@dataclass(slots=True)
class Added:
    """What one addition did for one version. `bundle` is None when nothing of it could be kept.

    `missing`: layers whose stylesheet is still to come. `replaced`: layers that had another stylesheet before.
    """

    version: str
    known: bool
    bundle: Bundle | None = None
    missing: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    problems: list[Text] = field(default_factory=list)
    taken_in: TakenIn | None = None  # of a version that did not come with dod2oso


def add(source: Path, sheets: Sheets) -> tuple[list[Added], list[Text]]:
    """Take in a ZIP or folder: what became of each version in it, and problems with files of no version.

    A part completes what was added before; so does a workbook of code lists, which `sheets` reads. UsageError when
    nothing in it can be used.
    """
    gathered = gather(source)
    if gathered.technical:
        found, problems = recognise(gathered.technical)
    else:
        found, problems = [_completed_by(gathered.extra)], []
    problems += [Text("bundle-link-dangling", name=name) for name in gathered.dangling]
    if gathered.left_out:
        names = _few(gathered.left_out)
        problems.append(Text("bundle-extra-too-large", limit=MOST_EXTRA // 1_000_000, names=names))
    return [_add(version, gathered.extra, sheets) for version in found], problems


def _completed_by(extra: Mapping[str, bytes]) -> Found:
    """The version that is there already to which a workbook belongs by its name; UsageError when there is none."""
    books = [name for name in extra if is_workbook(name)]
    if not books:
        raise UsageError("bundle-no-schema")
    kept = installed().get(numbered(books[0]) or "")
    if kept is None:
        raise UsageError("bundle-workbook-alone", versions=", ".join(installed()) or "-")
    return Found(kept.version, kept.namespace, version_of_namespace(kept.namespace) is not None)


def _add(found: Found, extra: Mapping[str, bytes], sheets: Sheets) -> Added:
    done = Added(found.version, found.known, problems=found.problems)
    before = installed().get(found.version)
    if before is not None and _contradicts(before, found):
        done.problems.append(Text("bundle-contradicts-kept", version=found.version))
        return done
    if not found.schema and not found.sheets and not (before is not None and any(map(is_workbook, extra))):
        return done
    files = _kept(before) if before is not None else {}
    judging = dict(before.sheets) if before is not None else {}
    schema_path = before.schema_path if before is not None else ""
    if found.schema:
        _drop(files, "schema")
        schema_path = _place(files, "schema", found.schema)
    for layer, needed in found.sheets.items():
        old = {name: data for name, data in files.items() if name.startswith(f"{layer}/")}
        _drop(files, layer)
        judging[layer] = _place(files, layer, needed)
        if old and old != {name: data for name, data in files.items() if name.startswith(f"{layer}/")}:
            done.replaced.append(layer)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items()) if not _is_extra(name)}
    files |= {f"extra/{name}": data for name, data in extra.items()}
    names = {name.removeprefix("extra/") for name in files if _is_extra(name)}
    folder = data_folder() / found.version
    bundle = Bundle(found.version, found.namespace, folder, schema_path, judging, {}, tuple(sorted(names)), hashes)
    keep(bundle, files)
    trials = {layer: try_sheet(folder / path, found.namespace, layer) for layer, path in sorted(judging.items())}
    bundle = done.bundle = tried(bundle, trials)
    built_in = found.version in VERSIONS
    if not built_in:
        done.taken_in = _derive(bundle, files, done, sheets)
    wanted = [layer for layer in known_version(found.version).layers if layer in LAYERS] if built_in else list(LAYERS)
    done.missing = [layer for layer in wanted if layer not in judging]
    return done


def _derive(bundle: Bundle, files: Mapping[str, bytes], done: Added, sheets: Sheets) -> TakenIn | None:
    """Make a version that did not come with dod2oso usable; what stands in the way is a problem of this bundle."""
    if not bundle.schema_path:
        return None  # told already: half a bundle
    judging = {name: files[name] for name in bundle.hashes}
    modules = [
        name
        for name in judging
        if name not in bundle.sheets.values() and PurePosixPath(name).suffix.lower() in (".xsl", ".xslt")
    ]
    listed, told = _listed(bundle, files, sheets)
    source = Source(bundle.version, judging, bundle.schema_path, bundle.sheets, tuple(modules), listed, told)
    try:
        return take_in(source, judge_for(bundle))
    except UsageError as error:
        done.problems.append(error.message)
        return None


def _listed(
    bundle: Bundle, files: Mapping[str, bytes], sheets: Sheets
) -> tuple[tuple[Listed, ...], tuple[Problem, ...]]:
    """The code lists in workbooks that came along; one that names another version in its name is passed by."""
    listed, told = list[Listed](), list[Problem]()
    for name in filter(is_workbook, bundle.extra):
        if (numbered(name) or bundle.version) != bundle.version:
            told.append(Problem("codes-workbook-other", name, bundle.version))
            continue
        try:
            found, problems = read_lists(name, sheets(files[f"extra/{name}"]))
        except ExportError as error:
            told.append(Problem("codes-workbook-unreadable", name, error.code))
            continue
        listed += found
        told += problems
    return tuple(listed), tuple(told)


def _contradicts(before: Bundle, found: Found) -> bool:
    """Two versions that call themselves the same: another namespace, or another XSD."""
    if before.namespace != found.namespace:
        return True
    kept = before.schema()
    if kept is None or not found.schema:
        return False
    return canonical(kept.read_bytes()) != canonical(next(iter(found.schema.values())))


def _kept(bundle: Bundle) -> dict[str, bytes]:
    paths = [*bundle.hashes, *(f"extra/{name}" for name in bundle.extra)]
    return {name: (bundle.folder / name).read_bytes() for name in paths if (bundle.folder / name).is_file()}


def _place(files: dict[str, bytes], folder: str, needed: Mapping[str, bytes]) -> str:
    """Lay a file and what it includes in a folder of the bundle; the path of the first."""
    main = next(iter(needed))
    under = rooted(needed, main)
    files |= {f"{folder}/{under[name]}": data for name, data in needed.items()}
    return f"{folder}/{under[main]}"


def _drop(files: dict[str, bytes], folder: str) -> None:
    for name in [name for name in files if name.startswith(f"{folder}/")]:
        del files[name]


def _few(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" (+{len(names) - _NAMED})" if len(names) > _NAMED else "")


def _is_extra(name: str) -> bool:
    return name.startswith("extra/")
