"""`bundle add`: what was found is put beside what is there already, tried, and kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dod2oso.base.errors import UsageError
from dod2oso.base.texts import Text
from dod2oso.oso.bundles.gather import gather
from dod2oso.oso.bundles.recognise import LAYERS, Found, canonical, recognise, rooted
from dod2oso.oso.bundles.store import Bundle, data_folder, installed, keep, tried
from dod2oso.oso.bundles.trial import try_sheet
from dod2oso.oso.derive.take_in import Source, TakenIn, take_in
from dod2oso.oso.official import judge_for
from dod2oso.oso.versions import VERSIONS
from dod2oso.oso.versions import version as known_version

_MOST_EXTRA = 50_000_000  # bytes of extra files that are kept with a version


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


def add(source: Path) -> tuple[list[Added], list[Text]]:
    """Take in a ZIP or folder: what became of each version in it, and problems with files of no version.

    A part completes what was added before. UsageError when nothing in it can be used.
    """
    gathered = gather(source)
    if not gathered.technical:
        raise UsageError("bundle-no-schema")
    found, problems = recognise(gathered.technical)
    problems += [Text("bundle-link-dangling", name=name) for name in gathered.dangling]
    return [_add(version, gathered.extra) for version in found], problems


def _add(found: Found, extra: Mapping[str, bytes]) -> Added:
    done = Added(found.version, found.known, problems=found.problems)
    before = installed().get(found.version)
    if before is not None and _contradicts(before, found):
        done.problems.append(Text("bundle-contradicts-kept", version=found.version))
        return done
    if not found.schema and not found.sheets:
        return done
    files = _kept(before) if before is not None else {}
    sheets = dict(before.sheets) if before is not None else {}
    schema_path = before.schema_path if before is not None else ""
    if found.schema:
        _drop(files, "schema")
        schema_path = _place(files, "schema", found.schema)
    for layer, needed in found.sheets.items():
        old = {name: data for name, data in files.items() if name.startswith(f"{layer}/")}
        _drop(files, layer)
        sheets[layer] = _place(files, layer, needed)
        if old and old != {name: data for name, data in files.items() if name.startswith(f"{layer}/")}:
            done.replaced.append(layer)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items()) if not _is_extra(name)}
    if sum(map(len, extra.values())) <= _MOST_EXTRA:
        files |= {f"extra/{name}": data for name, data in extra.items()}
    else:
        done.problems.append(Text("bundle-extra-too-large", limit=_MOST_EXTRA // 1_000_000))
    names = {name.removeprefix("extra/") for name in files if _is_extra(name)}
    folder = data_folder() / found.version
    bundle = Bundle(found.version, found.namespace, folder, schema_path, sheets, {}, tuple(sorted(names)), hashes)
    keep(bundle, files)
    trials = {layer: try_sheet(folder / path, found.namespace, layer) for layer, path in sorted(sheets.items())}
    bundle = done.bundle = tried(bundle, trials)
    built_in = found.version in VERSIONS
    if not built_in:
        done.taken_in = _derive(bundle, files, done)
    wanted = [layer for layer in known_version(found.version).layers if layer in LAYERS] if built_in else list(LAYERS)
    done.missing = [layer for layer in wanted if layer not in sheets]
    return done


def _derive(bundle: Bundle, files: Mapping[str, bytes], done: Added) -> TakenIn | None:
    """Make a version that did not come with dod2oso usable; what stands in the way is a problem of this bundle."""
    if not bundle.schema_path:
        return None  # told already: half a bundle
    judging = {name: files[name] for name in bundle.hashes}
    modules = [
        name
        for name in judging
        if name not in bundle.sheets.values() and PurePosixPath(name).suffix.lower() in (".xsl", ".xslt")
    ]
    try:
        return take_in(
            Source(bundle.version, judging, bundle.schema_path, bundle.sheets, tuple(modules)), judge_for(bundle)
        )
    except UsageError as error:
        done.problems.append(error.message)
        return None


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


def _is_extra(name: str) -> bool:
    return name.startswith("extra/")
