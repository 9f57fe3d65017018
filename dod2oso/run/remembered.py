"""Supplements that were given once with an output folder count in every later run there, until somebody says otherwise.

Leaving one out would let dossiers that are ready fall back for want of what it supplied, and take them out of the
outbox. What is remembered is where they lie, in a private file of the output folder; their content is read afresh. In a
project a copy of each is kept as well: it counts on when the file is gone or damaged, so that nobody's typing is lost.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import disk_guard, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.ledger.places import RECEIVED
from dod2oso.run.session import Options, Watcher
from dod2oso.run.supplied import FILE, as_remembered
from dod2oso.supplement.later import Rows

__all__ = ["FILE", "remember", "with_remembered"]


class _Earlier(NamedTuple):
    """A supplement of an earlier run: where it lay, and its copy ("" without)."""

    path: Path
    kept: str


def with_remembered(options: Options, progress: Watcher) -> Options:
    """The options with the supplements of earlier runs before those of now; each that comes along is said.

    Of one that is gone or cannot be read any more its copy counts. Without a copy: whoever sits at a terminal is asked
    whether to go on without it, otherwise it is a ConfigurationError.
    """
    if not options.remember or options.forget_supplements:
        return options
    given = {path.resolve() for path in options.supplements}
    broken = {path.resolve() for path, _error in options.broken_supplements}
    contents = {_content(path) for path in options.supplements} if options.keep_supplements else set()
    counting: list[Path] = []
    for path, kept in _read(options.out_dir):
        copy = options.out_dir / kept
        if path in given or (kept and copy.parent.name in contents):  # here, or here under another name
            continue
        if kept and copy.is_file() and (path in broken or not path.is_file()):
            progress.message(Text("supplement-copy-counts", file=path.name))
            counting.append(copy)
        elif path in broken:
            continue  # told as such
        elif path.is_file():
            progress.message(Text("supplement-remembered", file=path.name))
            counting.append(path)
        elif options.confirm is None or not options.confirm(Text("supplement-gone-question", file=path.name)):
            raise ConfigurationError("supplement-gone", file=path.name)
    return replace(options, supplements=(*counting, *options.supplements))


def remember(options: Options, supplement: Rows) -> None:
    """Keep which supplements a run uses; they were read (`supplement`), so they are right."""
    if not options.remember:
        return
    before = {options.out_dir / each.kept: each for each in _read(options.out_dir) if each.kept}
    paths = list(dict.fromkeys(path.resolve() for path in options.supplements))
    if not paths and not (options.out_dir / FILE).exists():
        return
    with disk_guard():
        make_private_dir(options.out_dir, tighten=False)
        copies = {}
        for path in paths:
            copy = next((each for known, each in before.items() if known.resolve() == path), None)
            if copy is not None:  # a copy that counts stays known by where the file lay
                copies[str(copy.path)] = copy.kept
            else:
                copies[str(path)] = _keep(options.out_dir, path) if options.keep_supplements else ""
        whole = {
            "format": 1,
            "supplements": list(copies),
            "kept": {path: kept for path, kept in copies.items() if kept},
            "read": as_remembered(options, supplement),
        }
        atrest.atomic_write(
            options.out_dir, options.out_dir / FILE, json.dumps(whole, indent=1).encode()
        )  # any name fits in ASCII


def _keep(out_dir: Path, path: Path) -> str:
    """Copy a supplement into the output folder; where it stands there, from that folder."""
    name = f"{RECEIVED}/{_content(path)}/{path.name}"
    if not (out_dir / name).is_file():
        make_private_dir((out_dir / name).parent)
        atrest.copy(path, out_dir, out_dir / name)
    return name


def _content(path: Path) -> str:
    return atrest.digest(path)[:16]


def _read(out_dir: Path) -> list[_Earlier]:
    path = out_dir / FILE
    if not path.exists():
        return []
    try:
        data = json.loads(atrest.read(path, out_dir))
        kept = data.get("kept", {})
        return [_Earlier(Path(each), str(kept.get(each, ""))) for each in data["supplements"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError("supplements-memory-damaged", file=FILE) from None
