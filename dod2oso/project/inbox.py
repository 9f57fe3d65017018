"""What was dropped into the folders of a project: exports, and workbooks that were filled in, wherever each lies.

A workbook of ours is known by its mark, in either folder and under any name. In the folder for supplements every other
table is a supplement too; a file that is none stands there as an export. A workbook that cannot be read never stops the
others: it is told, and its school goes on with what it gave before.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger.places import SEEN
from dod2oso.source.container.member import file_member
from dod2oso.source.container.own import is_ours
from dod2oso.source.formats.start import HEAD
from dod2oso.source.user_tables import HEADER_MARK, SPREADSHEETS, stream_tables
from dod2oso.supplement.edition import Edition, edition_in

if TYPE_CHECKING:
    from dod2oso.supplement.rows import Supplement

_TABLES = SPREADSHEETS | {".csv", ".tsv"}
_EXPORTS = frozenset({".xml", ".zip", ".sqlite", ".db", ".txt", ".7z", ".gz"})
_IN_USE = ("~$", ".~lock", ".")  # what office programs put beside a file that is open, and hidden files


class Inbox(NamedTuple):
    """What a run takes: arguments for its exports, and supplements, the oldest first.

    `files`: how many files with exports; `seen`: all that lay there, each with its size and moment of change.
    """

    exports: tuple[Path, ...]
    supplements: tuple[Path, ...]
    files: int
    seen: dict[str, list[int]]


class Sound(NamedTuple):
    """A supplement that counts: what its rows give, and the editions of its sheets (none: no workbook of ours)."""

    path: Path
    rows: "Supplement"
    editions: tuple[Edition, ...]


class Sorted(NamedTuple):
    """Supplements that can be read, those that cannot with the reason, and workbooks of another transfer."""

    sound: tuple[Sound, ...]
    broken: tuple[tuple[Path, ConfigurationError], ...]
    elsewhere: tuple[tuple[Path, str], ...]


def look_into(exports: Path, supplements: Path) -> Inbox:
    """Sort what lies in the two folders; older files first, so that what was typed last counts last."""
    dropped = [path for path in _files(exports) if path.suffix.lower() in _TABLES and _is_workbook(path)]
    mine = [path for path in _files(supplements) if path.suffix.lower() in _TABLES]
    found = sorted({*dropped, *mine}, key=lambda path: (path.stat().st_mtime_ns, path.name))
    others = tuple(path for path in _files(supplements) if path.suffix.lower() in _EXPORTS)
    seen = {}
    for folder in (exports, supplements):
        for path in _files(folder):
            state = path.stat()
            seen[path.relative_to(folder.parent).as_posix()] = [state.st_size, state.st_mtime_ns]
    files = sum(1 for path in _files(exports) if path not in dropped)
    return Inbox((exports, *others), tuple(found), files, seen)


def remember_seen(out_dir: Path, inbox: Inbox) -> None:
    """Write down what a run that is done took, so that it can be told when something new lies there."""
    atrest.atomic_write(out_dir, out_dir / SEEN, json.dumps(inbox.seen, indent=1).encode())


def anything_new(out_dir: Path, inbox: Inbox) -> bool:
    """Whether something was dropped, changed or taken away since the last run."""
    try:
        return bool(json.loads(atrest.read(out_dir / SEEN, out_dir)) != inbox.seen)
    except (OSError, ValueError):
        return True


def sort_out(
    paths: Iterable[Path], version: str, transfer: str, mapping: Path | None, marks: Mapping[str, str]
) -> Sorted:
    """The supplements that a run of this version and transfer can read, and the others with what is wrong.

    `marks`: which transfer of this project the mark in a workbook stands for (see Edition). A workbook of which one
    sheet is of another project is refused as a whole: whose pupils its rows mean is not sure.
    """
    from dod2oso.mapping.compile import plan_of  # late: who looks at a folder reads no supplement
    from dod2oso.source.dictionary import load_dictionary
    from dod2oso.supplement.rows import read_supplements

    plan, dictionary = plan_of(mapping, version, transfer), load_dictionary()
    sound, broken, elsewhere = [], [], []
    for path in paths:
        try:
            editions = _editions(path)
            owners = {marks.get(edition.project, "") for edition in editions}
            if "" in owners:
                raise ConfigurationError("supplement-other-project")
            if owners and transfer not in owners:
                elsewhere.append((path, ", ".join(sorted(owners))))
                continue
            sound.append(Sound(path, read_supplements([path], plan, dictionary), editions))
        except ConfigurationError as error:
            broken.append((path, error))
    return Sorted(tuple(sound), tuple(broken), tuple(elsewhere))


def _editions(path: Path) -> tuple[Edition, ...]:
    found = (edition_in(table.columns) for table in stream_tables(path))
    return tuple(dict.fromkeys(edition for edition in found if edition is not None))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_IN_USE):
            yield path


def _is_workbook(path: Path) -> bool:
    """Whether this is a workbook to fill in that we made, also when it was saved as CSV by another program."""
    member = file_member(path, path.name)
    head = member.head(HEAD)
    if not is_ours(member, head):
        return False
    try:
        return any(HEADER_MARK in table.columns for table in stream_tables(path))
    except ConfigurationError:  # ours it is; what is wrong with it is told with the others
        return True
