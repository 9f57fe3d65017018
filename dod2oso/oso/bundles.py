"""Official technical files (XSD, XSLT) that a user has: checked, kept in the user's data folder, found again.

They are not part of dod2oso. A bundle belongs to one version, known by the target namespace of its XSD. How the
files are named is not known beforehand, so what a stylesheet judges is read from the numbers of its messages:
PaO.… is layer swv; OVa.…, OVb.…, BB.… and OS.<letter><digits> are layer ov; everything else is gegevensset.
A stylesheet that another one includes or imports is a module and is not run by itself.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.errors import UsageError
from dod2oso.oso.versions import known_versions, version_of_namespace

MAX_FILES = 2_000
MAX_BYTES = 50_000_000

_SUFFIXES = frozenset({".xsd", ".xsl", ".xslt"})
_XSLT = "{http://www.w3.org/1999/XSL/Transform}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SWV_NUMBER = re.compile(rb"\bPaO\.[A-Z]{2}\d")
_OV_NUMBER = re.compile(rb"\b(?:OV[ab]\.[A-Z]{2}\d|BB\.[A-Z]\d|OS\.[A-Z]\d)")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version. roles: file (with / in its name) -> schema, gegevensset, ov, swv, both or module."""

    version: str
    folder: Path
    roles: dict[str, str]

    def stylesheets(self, layer: str) -> list[Path]:
        """The stylesheets that judge a document in this layer; empty when those of the layer itself are not there."""
        wanted = {"gegevensset", layer, "both"}
        found = [name for name, role in self.roles.items() if role in wanted]
        complete = any(self.roles[name] in (layer, "both") for name in found)
        return [self.folder / name for name in sorted(found)] if complete else []

    def schema(self) -> Path | None:
        """The XSD with the element dossier."""
        return next((self.folder / name for name, role in self.roles.items() if role == "schema"), None)


def data_folder() -> Path:
    """Where bundles are kept: DOD2OSO_DATA, or the folder for application data of this user."""
    chosen = os.environ.get("DOD2OSO_DATA")
    if chosen:
        return Path(chosen) / "bundles"
    from platformdirs import user_data_path

    return user_data_path("dod2oso", appauthor=False) / "bundles"


def add(source: Path) -> Bundle:
    """Check a ZIP or folder and keep its technical files; an older bundle of that version is replaced.

    Raises UsageError, saying what is wrong, when it holds no complete bundle of exactly one known version.
    """
    files = dict(_files(source))
    version, roles = _roles(files)
    target = data_folder() / version
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=target.parent))
    try:
        for name in roles:
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(roles)}
        manifest = {"format": 1, "version": version, "roles": dict(sorted(roles.items())), "sha256": hashes}
        (fresh / "bundle.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Bundle(version, target, roles)


def installed() -> dict[str, Bundle]:
    """The bundles there are, by version, oldest first."""
    found = {}
    for version in known_versions():
        folder = data_folder() / version
        try:
            manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found[version] = Bundle(version, folder, manifest["roles"])
    return found


def remove(version: str) -> None:
    """Forget the bundle of this version; UsageError when there is none."""
    if version not in installed():
        raise UsageError(f"Er is geen bundel van versie {version}.", f"There is no bundle of version {version}.")
    shutil.rmtree(data_folder() / version)


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each technical file, names relative and with /."""
    if source.is_dir():
        paths = [p for p in sorted(source.rglob("*")) if p.suffix.lower() in _SUFFIXES and p.is_file()]
        _limit(len(paths), sum(p.stat().st_size for p in paths))
        for path in paths:
            yield path.relative_to(source).as_posix(), path.read_bytes()
        return
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            _limit(len(members), sum(member.file_size for member in members))
            for member in members:
                name = PurePosixPath(member.filename.replace("\\", "/"))
                if name.suffix.lower() not in _SUFFIXES or member.is_dir():
                    continue
                if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
                    raise _wrong("een naam in de ZIP wijst buiten de ZIP", "a name in the ZIP points outside it")
                with archive.open(member) as file:
                    data = file.read(MAX_BYTES + 1)  # the size in the directory of the ZIP may be a lie
                _limit(1, len(data))
                yield name.as_posix(), data
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        reason = type(error).__name__
        raise _wrong(f"dit is geen leesbare ZIP of map ({reason})", f"no readable ZIP or folder ({reason})") from None


def _roles(files: dict[str, bytes]) -> tuple[str, dict[str, str]]:
    """The version of a bundle and the role of each file."""
    roots = {}
    for name, data in files.items():
        try:
            roots[name] = xmlsafe.parse_bytes(data)
        except etree.XMLSyntaxError:
            raise _wrong(f"{name} is geen geldige XML", f"{name} is not well-formed XML") from None
    schemas = {name: root for name, root in roots.items() if root.tag == f"{_XSD}schema"}
    sheets = {n: r for n, r in roots.items() if r.tag in (f"{_XSLT}stylesheet", f"{_XSLT}transform")}
    known = {name: version_of_namespace(root.get("targetNamespace", "")) for name, root in schemas.items()}
    versions = sorted({found.name for found in known.values() if found is not None})
    if len(versions) != 1:
        what = ", ".join(versions)
        raise _wrong(
            f"er zitten XSD's in van meer dan een versie ({what})" if what else "er zit geen XSD van OSO in",
            f"it holds XSDs of more than one version ({what})" if what else "it holds no XSD of OSO",
        )
    if not sheets:
        raise _wrong("er zitten geen XSLT-stylesheets in", "it holds no XSLT stylesheets")
    modules = {included for name, root in sheets.items() for included in _included(name, root)}
    roles = dict.fromkeys(schemas, "module")
    for name, root in schemas.items():
        if known[name] is not None and root.find(f"{_XSD}element[@name='dossier']") is not None:
            roles[name] = "schema"
    for name in sheets:
        roles[name] = "module" if name in modules else _layer(files[name])
    return versions[0], roles


def _included(name: str, root: etree._Element) -> Iterator[str]:
    for element in root.iterchildren(f"{_XSLT}include", f"{_XSLT}import"):
        yield normpath((PurePosixPath(name).parent / element.get("href", "")).as_posix())


def _layer(data: bytes) -> str:
    swv, ov = _SWV_NUMBER.search(data), _OV_NUMBER.search(data)
    if swv and ov:
        return "both"
    return "swv" if swv else "ov" if ov else "gegevensset"


def _limit(count: int, size: int) -> None:
    if count > MAX_FILES or size > MAX_BYTES:
        limits = f"{MAX_FILES} / {MAX_BYTES // 1_000_000} MB"
        raise _wrong(f"er zit te veel in (grens: {limits})", f"it holds too much (limit: {limits})")


def _wrong(nl: str, en: str) -> UsageError:
    return UsageError(f"Geen bruikbare bundel: {nl}.", f"No usable bundle: {en}.")
