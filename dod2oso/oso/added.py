"""OSO versions that a user added: what was derived from the official files, kept beside the bundle, with hashes.

One folder per version: version.yaml (what the version implies, what it was derived from), catalogue.yaml (elements,
types and code lists, in the notation of fields.yaml) and schema.xsd (the official XSD, includes put in place). `derive`
writes them; here they are only read.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dod2oso.base import yaml as yamlfile
from dod2oso.base.caches import by_version, versions_changed
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import validate
from dod2oso.base.resources import user_folder
from dod2oso.base.yaml import YamlFile
from dod2oso.oso.version_facts import VersionFacts

FACTS, CATALOGUE, SCHEMA = "version.yaml", "catalogue.yaml", "schema.xsd"


class AddedFacts(VersionFacts):
    """What version.yaml says. `nearest`: the version that came with dod2oso whose mapping and rules carry over.

    sha256: of the files derived from (by their name in the bundle) and of the derived files. promoted: keys of own
    rules, per layer, that agreed with the official stylesheet on every mutant; all others only advise. texts: the text
    of a message -> the key of our rule that says the same. asked: transfer -> paths that the stylesheet missed when
    they were left out. unheld: what the catalogue cannot hold, left to the XSD (code, place, what). judged: the
    stylesheets ran here, on so many mutants.
    """

    format: int
    version: str
    nearest: str
    masks: bool = True
    sha256: dict[str, str]
    promoted: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    asked: dict[str, tuple[str, ...]] = {}
    unheld: tuple[tuple[str, str, str], ...] = ()
    judged: bool = False
    mutants: int = 0


def folder_of(version: str) -> Path:
    """Where the derived data of a version stand."""
    return user_folder() / "derived" / version


@by_version
def added() -> Mapping[str, AddedFacts]:
    """What the added versions imply, by name. ConfigurationError when a file is damaged."""
    found = {}
    root = user_folder() / "derived"
    for path in sorted(root.glob(f"*/{FACTS}")) if root.is_dir() else ():
        if path.parent.name.startswith("."):
            continue
        file = yamlfile.load(path)
        facts = validate(AddedFacts, file.data, file)
        found[facts.version] = facts
    return found


@by_version
def catalogue_file(version: str) -> YamlFile:
    """The derived catalogue; ConfigurationError when it is not the one that was derived."""
    return yamlfile.loads(_checked(version, CATALOGUE).decode(), f"{version}/{CATALOGUE}")


def schema_bytes(version: str) -> bytes:
    """The official XSD of an added version."""
    return _checked(version, SCHEMA)


def catalogue_part(version: str, name: str) -> Any:
    """One part of a derived catalogue."""
    return catalogue_file(version).data[name]


def forget(version: str) -> None:
    """Remove what was derived for a version; nothing when there is nothing."""
    if version in added():
        shutil.rmtree(folder_of(version))
        versions_changed()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _checked(version: str, name: str) -> bytes:
    try:
        data = (folder_of(version) / name).read_bytes()
    except OSError:
        raise ConfigurationError("derived-damaged", version=version, file=name) from None
    if sha256(data) != added()[version].sha256.get(name):
        raise ConfigurationError("derived-damaged", version=version, file=name)
    return data
