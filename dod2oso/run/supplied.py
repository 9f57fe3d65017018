"""What is known of the supplements of a run without reading them: whether an earlier run read the same, and found what.

In the private file that remembers the supplements (remembered.py) stands a hash of all that their rows follow
from: their names and content, the mapping, and our own data. Where that is what it was, nothing in them can be wrong
that was not told before, and they are only read when somebody looks into them.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import dod2oso
from dod2oso.base import atrest
from dod2oso.base.resources import mappings_dir
from dod2oso.mapping.load import load_mapping
from dod2oso.oso.added import FACTS, folder_of
from dod2oso.oso.versions import version as known_version
from dod2oso.supplement.later import Given, Rows

if TYPE_CHECKING:
    from dod2oso.run.session import Options

FILE = "aanvullingen.json"


def given(options: "Options") -> Given:
    """What is known of the supplements of these options in their output folder."""
    identity = _identity(options)
    return Given(identity, _doubles(options, identity) if identity else None)


def as_remembered(options: "Options", supplement: Rows) -> dict[str, Any]:
    """What to keep in that file of supplements that were read, beside what it holds of other versions and transfers."""
    said = _said(options)
    if supplement.identity:
        mine = {"identity": supplement.identity, "doubles": supplement.tells_doubles}
        said.setdefault(options.version, {})[options.transfer] = mine
    return said


def is_still(options: "Options", identity: str) -> bool:
    """Whether the supplements are what they were when this was their identity."""
    return _identity(options) == identity


def _identity(options: "Options") -> str:
    """A hash of all that their rows follow from; "" without supplements, or when one cannot be read."""
    if not options.supplements:
        return ""
    digest = hashlib.sha256(json.dumps([dod2oso.__version__, options.version, options.transfer]).encode())
    try:
        for path in options.supplements:
            digest.update(json.dumps([path.name, atrest.digest(path)]).encode())
    except (OSError, atrest.NotAsWritten):
        return ""
    if options.mapping is not None:  # as read: it may extend another
        digest.update(load_mapping(options.mapping).model_dump_json().encode())
    for path in sorted(mappings_dir().rglob("*.yaml")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if known_version(options.version).nearest is not None:
        digest.update((folder_of(options.version) / FACTS).read_bytes())
    return digest.hexdigest()


def _doubles(options: "Options", identity: str) -> bool | None:
    if not options.remember:
        return None
    try:
        said = _said(options)[options.version][options.transfer]
        return bool(said["doubles"]) if said["identity"] == identity else None
    except (KeyError, TypeError):
        return None


def _said(options: "Options") -> dict[str, Any]:
    try:
        said = json.loads(atrest.read(options.out_dir / FILE, options.out_dir)).get("read")
    except (OSError, ValueError, AttributeError, atrest.NotAsWritten):
        return {}
    return said if isinstance(said, dict) and all(isinstance(each, dict) for each in said.values()) else {}
