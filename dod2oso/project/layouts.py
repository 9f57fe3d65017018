"""What people chose about layouts that dod2oso does not know, and the profiles that came of it, in the project.

Every choice is kept by itself, in a file that is whole at every moment. Whoever saves says what stood there: where
somebody else chose something else meanwhile nothing is overwritten, and both are told.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.files import atomic_write, disk_guard, make_private_dir
from dod2oso.base.folderlock import held_soon
from dod2oso.project.filled import Saved
from dod2oso.source.own_profiles import FOLDER

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PROFILE, _WRITTEN = "profile", "written"  # the name under which it was saved last, and a hash of what was written
LONGEST = 300  # signs of a choice


class What(NamedTuple):
    """What a choice is about: a place of the layout, and what of it."""

    place: str
    key: str


Given = Mapping[What, tuple[str, str]]  # what stood there, and what was chosen


@dataclass(frozen=True, slots=True)
class LayoutChoices:
    """The choices about one layout, and its profile. `id`: what tells the layout from others."""

    home: Path
    id: str

    @property
    def path(self) -> Path:
        return self.home / FOLDER / f"voorstel-{self.id}.json"

    def read(self) -> dict[str, dict[str, str]]:
        """What was chosen, by place. ConfigurationError when somebody damaged the file."""
        if not self.path.is_file():
            return {}
        try:
            found = json.loads(self.path.read_bytes())["choices"]
            return {str(place): {str(key): str(text) for key, text in of.items()} for place, of in found.items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            raise ConfigurationError("layout-choices-damaged", file=self.path.name) from None

    def save(self, given: Given) -> dict[What, Saved]:
        """Keep choices; what stands there now. TryLaterError when the disk is full or others are at work for long."""
        with held_soon(make_private_dir(self.home / FOLDER, tighten=False), "open"), disk_guard():
            choices = self.read()
            saved = {what: _saved(choices, what, was, wanted[:LONGEST]) for what, (was, wanted) in given.items()}
            self._write(choices)
        return saved

    def _write(self, choices: dict[str, dict[str, str]]) -> None:
        kept = {place: {key: text for key, text in of.items() if text} for place, of in choices.items()}
        data = {"choices": {place: of for place, of in kept.items() if of}}
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode()
        if not self.path.is_file() or self.path.read_bytes() != text:
            atomic_write(self.path, text)

    @property
    def profile(self) -> Path | None:
        """The profile that was saved for this layout; None when there is none."""
        name = self.read().get("", {}).get(_PROFILE, "")
        return self.home / FOLDER / f"{name}.yaml" if _NAME.fullmatch(name) else None

    def save_profile(self, name: str, text: str) -> Path:
        """Write the profile of this layout; where. UsageError for a name that is none, or that another profile has, and
        when somebody changed by hand what was written before.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("layout-name-wrong")
        folder = make_private_dir(self.home / FOLDER, tighten=False)
        with held_soon(folder, "open"), disk_guard():
            before, place = self.profile, folder / f"{name}.yaml"
            choices = self.read()
            if place.exists() and place != before:
                raise UsageError("layout-name-taken", name=name)
            if before is not None and before.is_file() and _digest(before) != choices[""].get(_WRITTEN):
                raise UsageError("layout-profile-edited", file=before.name)  # by hand: that work is not ours to lose
            atomic_write(place, text.encode())
            choices[""] = choices.get("", {}) | {_PROFILE: name, _WRITTEN: _digest(place)}
            self._write(choices)
            if before is not None and before != place and before.is_file():
                before.unlink()  # it has another name now; two of the same layout would be in each other's way
        return place


def worked_out(home: Path) -> frozenset[str]:
    """The names of the profiles of a project that came of choices."""
    stores = (LayoutChoices(home, path.stem.partition("-")[2]) for path in (home / FOLDER).glob("voorstel-*.json"))
    names = set()
    for store in stores:
        try:
            profile = store.profile
        except ConfigurationError:  # told where its layout is looked at
            continue
        names |= {profile.stem} if profile is not None else set()
    return frozenset(names)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _saved(choices: dict[str, dict[str, str]], what: What, was: str, wanted: str) -> Saved:
    of = choices.setdefault(what.place, {})
    now = of.get(what.key, "")
    if now not in (was, wanted):
        return Saved(now, ours=False)
    of[what.key] = wanted
    return Saved(wanted, ours=True)
