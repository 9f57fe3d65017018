"""Making parts of a run: convert one's share of the exports beside the ledger, into files that are joined later."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.collector import calm_collector
from dod2oso.base.errors import ConfigurationError, ExportError
from dod2oso.base.files import make_private_dir
from dod2oso.base.folderlock import held, refuse_locked
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe
from dod2oso.run.doubles.prepare import nobody_decides, prepare_merging
from dod2oso.run.export import batches, workers_for
from dod2oso.run.first_pass import read_once
from dod2oso.run.parts import file as part_file
from dod2oso.run.parts.agreeing import about
from dod2oso.run.parts.division import Share, Unit, divide
from dod2oso.run.parts.file import Head, PartFile
from dod2oso.run.parts.packing import Batch
from dod2oso.run.remembered import with_remembered
from dod2oso.run.session import FirstPass, Options, Session, Watcher, check_options, open_beside
from dod2oso.source.export import Export
from dod2oso.source.guard import FAULT, guarded
from dod2oso.source.opening import OpenExport


class Made(NamedTuple):
    """What was made of a unit: of which export, how many records were converted, and why it could not be read ("").

    `faulty`: it brought out a fault in dod2oso.
    """

    export: str
    records: int
    problem: str
    faulty: bool


class PartResult(NamedTuple):
    """What came of a part: records converted, exports that could not be read, and which parts are still to be made."""

    records: int
    unreadable: list[str]
    faulty: bool
    lacking: list[Share]


def make_part(options: Options, progress: Watcher) -> PartResult:
    """Convert the share of the exports that `options.part` says; a second time only what was not made yet.

    Raises TryLaterError when the same part is being made already.
    """
    share = options.part
    assert share is not None  # noqa: S101  asked for
    check_options(options)
    options = with_remembered(options, progress)
    with calm_collector(), open_beside(options, progress) as session, _held(session, share):
        maker = Maker(session, share.of)
        made = [maker.make(share, number) for number in range(len(maker.units(share)))]
        maker.remove_others(share)
    return PartResult(
        sum(each.records for each in made),
        sorted({each.export for each in made if each.problem}),
        any(each.faulty for each in made),
        sorted(lacking(options, share)),
    )


def lacking(options: Options, share: Share) -> Iterator[Share]:
    """The parts of the same run of which nothing stands in the folder yet."""
    for number in range(1, share.of + 1):
        other = Share(number, share.of)
        if other != share and not part_file.place(options.out_dir, other, 0).exists():
            yield other


@contextmanager
def _held(session: Session, share: Share) -> Iterator[None]:
    """While the block runs nobody else makes this part in this folder, or joins it."""
    folder = part_file.folder(session.options.out_dir)
    with held(folder, f"run --part {share}", part_file.lock_name(share)):
        for stray in folder.glob(f".{part_file.prefix(share)}*.tmp"):  # of one that was killed
            wipe(stray)
        yield


class Maker:
    """Makes units of a run in so many parts."""

    def __init__(self, session: Session, of: int) -> None:
        self._session = session
        self._divided = divide(session.sources.exports, of)
        key = Pseudonyms(load_key(session.options.out_dir)).of("key-check")
        self._about = about(session, self._divided, key)
        if not nobody_decides(session):
            session.merging = prepare_merging(session)

    def units(self, share: Share) -> list[Unit]:
        """Those of a part; of one for which there is no export left a file says that it was made."""
        return self._divided[share.number - 1] or [NOTHING]

    def make(self, share: Share, number: int) -> Made:
        """Make the file of a unit, unless it is there as it would be made now. Its export may be unreadable."""
        session, unit = self._session, self.units(share)[number]
        make_private_dir(part_file.folder(session.options.out_dir))
        path = part_file.place(session.options.out_dir, share, number)
        if unit == NOTHING:
            return Made(unit.export, part_file.write(path, self._head(share, unit), ()), "", faulty=False)
        problems: list[ExportError] = []
        with guarded(problems.append), ExitStack() as stack:
            first, export = self._read(unit, stack)
            head = self._head(share, unit, first, export.records)
            if _is_there(path, head):
                session.progress.message(Text("part-unit-there", name=unit.export))
                return Made(unit.export, 0, "", faulty=False)
            refuse_locked(session.options.out_dir)
            session.progress.export(unit.export, number + 1, head.units, len(unit.records(export.records)))
            return Made(unit.export, part_file.write(path, head, self._batches(export, unit)), "", faulty=False)
        (problem,) = problems
        session.progress.message(Text("export-problem", name=unit.export, problem=problem))
        part_file.write(path, self._head(share, unit, problem=problem.code), ())
        return Made(unit.export, 0, problem.code, problem.code == FAULT)

    def remove_others(self, share: Share) -> None:
        """Remove what an earlier division of the same part had more."""
        last = part_file.place(self._session.options.out_dir, share, len(self.units(share)) - 1)
        for path in part_file.there(self._session.options.out_dir):
            if path.name.startswith(part_file.prefix(share)) and path.name > last.name:
                wipe(path)

    def _head(
        self, share: Share, unit: Unit, first: FirstPass | None = None, records: int = 0, problem: str = ""
    ) -> Head:
        """`first`: how its export was read, None where it was not."""
        content, own = "", ""
        if first is not None:
            content, own = first.fingerprint, self._session.config_for(unit.export, first.profile)
        return Head(self._about, share, unit, len(self.units(share)), content, own, records, problem)

    def _read(self, unit: Unit, stack: ExitStack) -> tuple[FirstPass, Export]:
        """How the export of a unit was read, and the export, surveyed."""
        session = self._session
        if unit.export in session.problems:  # it was looked at before, among the others
            raise session.problems[unit.export]
        first = session.first.get(unit.export)
        if first is None:
            found = next(each for each in session.sources.exports if each.name == unit.export)
            first = read_once(session, stack.enter_context(OpenExport(found)))
        assert first.export is not None  # noqa: S101  no ledger knows it
        return first, first.export

    def _batches(self, export: Export, unit: Unit) -> Iterator[Batch]:
        session = self._session
        wanted = unit.records(export.records)
        workers = workers_for(session, session.datum)
        outcomes = session.merging.outcomes(unit.export, workers.outcomes(export, 0, wanted), workers.converter)
        for batch in batches(outcomes):
            yield Batch(batch, [(cell.state, cell.reason) for cell in export.outside.cells])
            session.progress.dossiers(len(batch))


NOTHING = Unit("", 1, 1)


def _is_there(path: Path, head: Head) -> bool:
    """Whether the file of a unit is whole and what would be made now."""
    try:
        return path.is_file() and PartFile.open(path).head == head
    except ConfigurationError:  # damaged: it is made anew
        return False
