"""The project in the current folder, and what a run in it is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dod2oso.base.atrest import is_encrypted
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.pseudonym import KEY_FILE, Pseudonyms, load_key
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.oso.versions import version as known_version
from dod2oso.project.calendar import entries
from dod2oso.project.inbox import Inbox, Sorted, look_into, sort_out
from dod2oso.project.settings import Project, TransferSettings
from dod2oso.source.own_profiles import FOLDER, profile_files
from dod2oso.supplement.edition import Edition
from dod2oso.trust.terms import PUPIL_FILE, Kept, retention

if TYPE_CHECKING:  # who only looks at a project runs nothing
    from dod2oso.run.choice import Selection
    from dod2oso.run.session import Options

EXPORTS, SUPPLEMENTS, OUT = "exports", "aanvullingen", "dod2oso-out"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """A folder with dod2oso.toml that has a table [project]; `transfers` by name, in the order of the file."""

    home: Path
    project: Project
    transfers: Mapping[str, TransferSettings]
    kept: Kept

    def out(self, transfer: str) -> Path:
        """The output folder of a transfer: each has its own ledger, report and outbox."""
        return self.home / OUT / transfer

    @property
    def encrypted(self) -> bool:
        """Whether this project is: then each of its transfers must be."""
        return any(is_encrypted(self.out(name)) for name in self.transfers)

    def chosen(self, transfer: str | None) -> tuple[str, ...]:
        """The transfers to work on: all of them, or the one that is named. UsageError when that is not one of them."""
        if transfer is None:
            return tuple(self.transfers)
        if transfer not in self.transfers:
            raise UsageError("project-transfer-unknown", transfer=transfer, known=", ".join(self.transfers))
        return (transfer,)

    def inbox(self) -> Inbox:
        """What lies in the two folders. UsageError when a folder is gone."""
        for name in (EXPORTS, SUPPLEMENTS):
            if not (self.home / name).is_dir():
                raise UsageError("project-folder-gone", folder=name)
        return look_into(self.home / EXPORTS, self.home / SUPPLEMENTS)

    @property
    def register(self) -> Path | None:
        """The first register, which says what schools are expected; ConfigurationError when it is named and absent."""
        return self._registers()[0] if self._registers() else None

    @property
    def directories(self) -> tuple[Path, ...]:
        """The other registers: they only add to what is known of a school."""
        return self._registers()[1:]

    def _registers(self) -> tuple[Path, ...]:
        for path in self.project.schools:
            if not path.is_file():
                raise ConfigurationError("file-absent", file=path.name)
        return self.project.schools

    def version(self, transfer: str) -> str:
        """The OSO version of a transfer: as the settings say, else the newest."""
        settings = self.transfers[transfer]
        return known_version(settings.oso).name if settings.oso else newest()

    def profiles(self) -> tuple[Path, ...]:
        """The source profiles that were made here, for layouts that dod2oso does not know."""
        return profile_files(self.home / FOLDER)

    def supplements(self, transfer: str, inbox: Inbox, mapping: Path | None = None, out: Path | None = None) -> Sorted:
        """The supplements that were dropped, sorted for this transfer. `out`: its output folder, when another one."""
        folders = {name: self.out(name) for name in self.transfers} | ({transfer: out} if out is not None else {})
        marks = {
            Edition.of(Pseudonyms(load_key(folder)), "").project: name
            for name, folder in folders.items()
            if (folder / KEY_FILE).exists()
        }
        return sort_out(inbox.supplements, self.version(transfer), transfer, mapping, marks)

    def options(self, transfer: str, inbox: Inbox, given: "Options", out: Path | None = None) -> "Options":
        """What a run for this transfer is asked: `given`, with what the project says where nobody said otherwise.

        `out`: the output folder, when it is not that of the project.
        """
        settings = self.transfers[transfer]
        if self.encrypted and not is_encrypted(out or self.out(transfer)):
            raise UsageError("transfer-not-encrypted", transfer=transfer)
        found = self.supplements(transfer, inbox, given.mapping, out)
        return replace(
            given,
            exports=given.exports or inbox.exports,
            transfer=transfer,
            version=self.version(transfer),
            out_dir=out or self.out(transfer),
            supplements=(*(sound.path for sound in found.sound), *given.supplements),
            broken_supplements=found.broken,
            own_profiles=given.own_profiles or self.profiles(),
            selection=self._selection(settings, given.selection),
            redeliveries=True,
            keep_supplements=True,
            schools=given.schools or self.register,
            directories=self.directories,
        )

    def _selection(self, settings: TransferSettings, given: "Selection") -> "Selection":
        """Whom the command names; where it names nobody, whom the project does."""
        from dod2oso.run.choice import Selection

        said = given if given.says_whom or given.left_after else Selection(
            settings.jaargroep, settings.group, settings.pupils, settings.left_after
        )  # fmt: skip
        return replace(said, by_default=True, keep_years=self.kept.years(PUPIL_FILE))


def project_folder(
    path: Path,
    project: Project | None,
    transfers: Mapping[str, TransferSettings],
    kept: Kept = Kept(),  # noqa: B008  it cannot be changed
) -> ProjectFolder | None:
    """The project of which `path` is the file of settings; None when that has no table [project].

    ConfigurationError when no transfer is named, or one that does not exist.
    """
    if project is None:
        return None
    if not transfers:
        raise ConfigurationError("project-no-transfer", file=path.name)
    named = {}
    for name, settings in transfers.items():
        try:
            named[known_transfer(name).name] = settings
        except UsageError as error:
            raise ConfigurationError("file-problem", place=path.name, problem=error) from None
    for name, settings in named.items():
        for day in settings.calendar:
            if day not in entries():
                known_days = ", ".join(entries())
                raise ConfigurationError("calendar-unknown", file=path.name, transfer=name, name=day, known=known_days)
    known = retention().terms
    for name in kept.terms:
        if name not in known:
            raise ConfigurationError("retention-unknown", file=path.name, name=name, known=", ".join(known))
    return ProjectFolder(path.resolve().parent, project, named, kept)
