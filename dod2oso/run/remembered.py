"""Supplements that were given once with an output folder count in every later run there, until somebody says otherwise.

Leaving one out would let dossiers that are ready fall back for want of what it supplied, and take them out of the
outbox. What is remembered is where they lie, in a private file of the output folder; their content is read afresh.
"""

import json
from dataclasses import replace
from pathlib import Path

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.run.session import Options, Watcher

FILE = "aanvullingen.json"


def with_remembered(options: Options, progress: Watcher) -> Options:
    """The options with the supplements of earlier runs before those of now; each that comes along is said.

    One that is no longer there: whoever sits at a terminal is asked whether to go on without it, otherwise it is a
    ConfigurationError.
    """
    if not options.remember or options.forget_supplements:
        return options
    given = {path.resolve() for path in options.supplements}
    earlier = [path for path in _read(options.out_dir) if path not in given]
    for path in earlier:
        if path.is_file():
            progress.message(Text("supplement-remembered", file=path.name))
        elif options.confirm is None or not options.confirm(Text("supplement-gone-question", file=path.name)):
            raise ConfigurationError("supplement-gone", file=path.name)
    there = tuple(path for path in earlier if path.is_file())
    return replace(options, supplements=(*there, *options.supplements))


def remember(options: Options) -> None:
    """Keep which supplements a run uses; they were read, so they are right."""
    paths = [str(path.resolve()) for path in options.supplements]
    if options.remember and (paths or _read(options.out_dir)):
        with disk_guard():
            make_private_dir(options.out_dir, tighten=False)
            whole = json.dumps(
                {"format": 1, "supplements": list(dict.fromkeys(paths))}, indent=1
            )  # any name fits in ASCII
            atomic_write(options.out_dir / FILE, whole.encode())


def _read(out_dir: Path) -> list[Path]:
    path = out_dir / FILE
    if not path.exists():
        return []
    try:
        data = json.loads(path.read_bytes())
        return [Path(each) for each in data["supplements"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError("supplements-memory-damaged", file=FILE) from None
