"""Which profiles are tried on an export: those that came with dod2oso, and those of a project, which lie in a folder.

A profile of the project that says the same of how an export is known as one that it builds on takes the place of that
one, and so does one with its name: else both would fit and neither would be used.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.texts import Text
from dod2oso.source.profile import LoadedProfile, find_profile, lineage, load_profile, shipped_profiles

FOLDER = "profielen"  # of a project
_YAML = (".yaml", ".yml")

Tell = Callable[[Text], object]


def profile_files(folder: Path) -> tuple[Path, ...]:
    """The profiles in a folder, by name; none when there is no such folder."""
    if not folder.is_dir():
        return ()
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in _YAML and path.is_file() and not path.name.startswith(".")
    )


def known_profiles(only: str | None, own: Sequence[Path], tell: Tell | None = None) -> tuple[LoadedProfile, ...]:
    """The profiles to try: `only` that one when it is named, else those that came with dod2oso and those in `own`.

    `tell` is told of each file that is no sound profile, and the others go on; without it ConfigurationError is raised.
    """
    if only:
        return (find_profile(only),)
    mine: dict[str, LoadedProfile] = {}
    for path in own:
        try:
            profile = load_profile(path)
            if profile.name in mine:
                raise ConfigurationError("profile-name-twice", file=path.name, other=mine[profile.name].file.name)
        except ConfigurationError as error:
            if tell is None:
                raise
            tell(Text("own-profile-broken", file=path.name, problem=error))
            continue
        mine[profile.name] = profile
    known = {**{one.name: one for one in shipped_profiles()}, **mine}
    for profile in mine.values():
        for name in _bases(profile) - {profile.name}:
            if name in known and known[name].model.match == profile.model.match:
                del known[name]
    return tuple(known.values())


def _bases(profile: LoadedProfile) -> set[str]:
    """The names of the profiles that it builds on."""
    files = lineage(profile)[1:]
    return {str(file.data["profile"]) for file in files if isinstance(file.data, dict) and "profile" in file.data}
