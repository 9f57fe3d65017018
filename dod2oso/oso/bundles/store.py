"""The official files of a user, kept per version in the data folder.

VERSION/bundle.json      what is there, with hashes
VERSION/schema/…         the XSD and what it includes
VERSION/ov/…, swv/…      the stylesheet of a layer and what it includes
VERSION/extra/…          what came along: release notes, examples, code lists in Excel
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_write
from dod2oso.base.resources import user_folder
from dod2oso.oso.added import forget
from dod2oso.oso.versions import age, is_version_name

FORMAT = 2
MANIFEST = "bundle.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version. Paths are relative to `folder`, with `/`; `hashes`: SHA-256 of each file but the
    extra.
    """

    version: str
    namespace: str
    folder: Path
    schema_path: str  # "" when it has no XSD
    sheets: Mapping[str, str]  # layer -> its main stylesheet
    trials: Mapping[str, str]  # layer -> what the stylesheet did with a small dossier
    extra: tuple[str, ...]
    hashes: Mapping[str, str]

    def stylesheet(self, layer: str) -> Path | None:
        """The stylesheet that judges a document in this layer (ov, swv)."""
        found = self.sheets.get(layer)
        return self.folder / found if found is not None else None

    def schema(self) -> Path | None:
        """The XSD with the element dossier."""
        return self.folder / self.schema_path if self.schema_path else None

    @property
    def digest(self) -> str:
        """One hash of all files that judge."""
        return hashlib.sha256(json.dumps(sorted(self.hashes.items())).encode()).hexdigest()


def data_folder() -> Path:
    """Where bundles are kept."""
    return user_folder() / "bundles"


def installed() -> dict[str, Bundle]:
    """The bundles there are, by version, oldest first; a damaged one is not there."""
    found = {}
    try:
        names = [path.name for path in data_folder().iterdir() if is_version_name(path.name)]
    except OSError:
        return {}
    for version in sorted(names, key=age):
        bundle = _read(data_folder() / version, version)
        if bundle is not None:
            found[version] = bundle
    return found


def remove(version: str) -> None:
    """Forget the bundle of this version; UsageError when there is none."""
    if version not in installed():
        raise UsageError("bundle-absent", version=version)
    shutil.rmtree(data_folder() / version)
    forget(version)


def keep(bundle: Bundle, files: Mapping[str, bytes]) -> Bundle:
    """Write a bundle whole or not at all, in the place of what was there; `files`: every file by its path in the
    bundle.
    """
    target = data_folder() / bundle.version
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{bundle.version}-", dir=target.parent))
    try:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (fresh / MANIFEST).write_bytes(_manifest(bundle))
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return bundle


def tried(bundle: Bundle, trials: Mapping[str, str]) -> Bundle:
    """Note what the stylesheets of a kept bundle did with a small dossier."""
    bundle = replace(bundle, trials=trials)
    atomic_write(bundle.folder / MANIFEST, _manifest(bundle))
    return bundle


def _manifest(bundle: Bundle) -> bytes:
    manifest = {
        "format": FORMAT,
        "version": bundle.version,
        "namespace": bundle.namespace,
        "schema": bundle.schema_path,
        "sheets": dict(bundle.sheets),
        "trials": dict(bundle.trials),
        "extra": list(bundle.extra),
        "sha256": dict(bundle.hashes),
    }
    return json.dumps(manifest, indent=2).encode() + b"\n"


def _read(folder: Path, version: str) -> Bundle | None:
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            return None
        return Bundle(
            version,
            data["namespace"],
            folder,
            data["schema"],
            data["sheets"],
            data["trials"],
            tuple(data["extra"]),
            data["sha256"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
