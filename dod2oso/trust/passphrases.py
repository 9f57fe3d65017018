"""The passphrase of each school's package: made once, kept in one list, told to the school by another way than mail."""

import csv
import io
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from dod2oso.base import atrest
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.files import disk_guard
from dod2oso.base.wipe import wipe

LIST = "wachtwoorden.csv"
_COLUMNS = ("brin", "vestiging", "naam", "wachtwoord")
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are taken for one another; 31 ** 20 is 99 bits
_GROUPS, _LONG = 4, 5

School = tuple[str, str]


def passphrases(out_dir: Path, schools: Iterable[tuple[str, str, str]]) -> tuple[dict[School, str], int]:
    """The passphrase of every school (BRIN, location, name), and how many are new; the list is written with them.

    ConfigurationError when the list is there and cannot be read: new ones would shut out whoever has the old.
    """
    known = given_out(out_dir)
    found: dict[School, str] = {}
    names: dict[School, str] = {}
    for brin, vestiging, name in schools:
        found[brin, vestiging] = known.get((brin, vestiging)) or _new()
        names[brin, vestiging] = name
    fresh = sum(school not in known for school in found)
    if fresh:
        _write(out_dir, {**known, **found}, names)
    return found, fresh


def forget(out_dir: Path, brin: str) -> None:
    """Destroy the passphrases of a school: what was sealed with them nobody here can open any more.

    A list that cannot be read goes as a whole.
    """
    path = out_dir / LIST
    if not path.exists():
        return
    try:
        lines = list(csv.reader(io.StringIO(atrest.read(path, out_dir).decode("utf-8-sig")), delimiter=";"))
    except (UnicodeDecodeError, csv.Error):
        lines = []
    left = [line for line in lines if line and line[0] != brin]
    if left != lines or not lines:
        wipe(path)
        if len(left) > 1:
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=";").writerows(left)
            atrest.atomic_write(out_dir, out_dir / LIST, text.getvalue().encode("utf-8-sig"))


def _new() -> str:
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_LONG)) for _ in range(_GROUPS))


def given_out(out_dir: Path) -> dict[School, str]:
    """The passphrases on the list; ConfigurationError when it cannot be read."""
    path = out_dir / LIST
    if not path.exists():
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(atrest.read(path, out_dir).decode("utf-8-sig")), delimiter=";"))
        found = {(row["brin"], row["vestiging"]): row["wachtwoord"] for row in rows}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error):
        raise ConfigurationError("passphrases-damaged", file=LIST) from None
    if not all(found.values()):
        raise ConfigurationError("passphrases-damaged", file=LIST)
    return found


def _write(out_dir: Path, found: Mapping[School, str], names: Mapping[School, str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_COLUMNS)
    writer.writerows((*school, names.get(school, ""), word) for school, word in sorted(found.items()))
    with disk_guard():
        atrest.atomic_write(out_dir, out_dir / LIST, text.getvalue().encode("utf-8-sig"))
