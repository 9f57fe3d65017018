"""`dod2oso --version`: the programme, and which edition of mapping, rules and official files it works with."""

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from dod2oso import __version__
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text

_SHOWN = 12  # hex digits of a hash: enough to tell two editions apart


def lines(lang: str) -> Iterator[str]:
    """A line per thing that has an edition; the first is `dod2oso X.Y.Z` in any language.

    Mapping and rules have no number of their own: a hash of their files tells whether two machines work with the same.
    """
    yield f"dod2oso {__version__}"
    home = mappings_dir()
    yield Text("edition-mapping", hash=edition(home.glob("*.yaml"), home)).text(lang)
    yield Text("edition-profiles", hash=edition(home.glob("sources/*.yaml"), home)).text(lang)
    yield Text("edition-rules", hash=edition(home.glob("oso/**/*.yaml"), home), versions=_versions()).text(lang)
    yield Text("edition-bundles", bundles=_bundles()).text(lang)


def edition(files: Iterator[Path], home: Path) -> str:
    """A short hash of names and bytes of these files under `home`, the same on every machine."""
    digest = hashlib.sha256()
    for path in sorted(files):
        data = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(b"%s\0%d\0" % (path.relative_to(home).as_posix().encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:_SHOWN]


def _versions() -> str | Text:
    from dod2oso.oso.versions import known_versions

    try:
        return ", ".join(known_versions())
    except Dod2osoError as error:  # a file of an added version is damaged: the version is shown all the same
        return error.message


def _bundles() -> str | Text:
    from dod2oso.oso.bundles.store import installed

    try:
        found = installed()
    except Dod2osoError as error:
        return error.message
    told = (f"{name} ({_of(chain.from_iterable(sorted(bundle.hashes.items())))})" for name, bundle in found.items())
    return ", ".join(told) or Text("edition-no-bundles")


def _of(parts: Iterator[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_SHOWN]
