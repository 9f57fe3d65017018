"""Open a found export, whatever its format: recognise its layout, and turn it into records."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from dod2oso.source.bind import BoundProfile
from dod2oso.source.chosen import chosen
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.export import Export
from dod2oso.source.fingerprint import HashedMember, fingerprint
from dod2oso.source.formats.registry import source_formats
from dod2oso.source.loosefiles import WithLooseFiles
from dod2oso.source.profile import LoadedProfile, Profile
from dod2oso.source.recognise import ambiguous, unknown


class OpenExport:
    """A found export, opened: ask which profile fits, for its records and, after those, its fingerprint; then close it.

    Every method raises ExportError when the export cannot be read. `content`: what stands in it, a tree or tables.
    """

    def __init__(self, found: FoundExport) -> None:
        if found.problem is not None:
            raise found.problem
        self.given = found  # as it was found; `found` is the same with files that are watched
        self._files = [HashedMember(member) for member in (*found.members, *found.loose)]
        members = tuple(file.member for file in self._files)
        cut = len(found.members)
        self.found = replace(found, members=members[:cut], loose=members[cut:])
        self._format = source_formats()[found.kind]
        self.content = self._format.open(self.found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what the format holds open."""
        self.content.close()

    @property
    def size(self) -> int:
        """The size in bytes of everything that is read; 0 for a database."""
        return sum(file.member.size for file in self._files)

    @property
    def texts(self) -> Sequence[Member]:
        """Its files, as far as they are text in some encoding."""
        return self.found.members if self._format.is_text else ()

    def fingerprint(self, profile: Profile | None = None) -> str:
        """What changes when anything in the export does; reads what was not read to its end yet."""
        return self.content.fingerprint(profile) or fingerprint(self.size, self._files)

    def recognise(self, profiles: Sequence[LoadedProfile]) -> LoadedProfile:
        """The one profile that matches, by content and never by name. ExportError when none does, or more than one."""
        fits = self.fitting()
        found = [profile for profile in profiles if fits(profile)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ambiguous(found)
        raise unknown(self.content.description(), profiles)

    def fitting(self) -> Callable[[LoadedProfile], bool]:
        """A test whether a profile fits; what it needs of the export is read once."""
        return self.content.fitting()

    def export(self, profile: BoundProfile) -> Export:
        """The export as records, ready for its survey."""
        origin = chosen(self.content.origin(profile), profile)
        if profile.loose_files:
            origin = WithLooseFiles(origin, profile.loose_files, self.found.loose, tell_unused=self.found.alone)
        export = Export(self.found.name, profile, origin)
        export.outside.findings.extend(self.content.findings)
        return export
