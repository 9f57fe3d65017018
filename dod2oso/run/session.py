"""What one run shares: the user's options, the ledger, and a recipe for the converter that every process can follow."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol

import dod2oso
from dod2oso.base.atrest import is_encrypted
from dod2oso.base.clock import run_date, stopwatch
from dod2oso.base.errors import CheckerError, ConfigurationError, ExportError, FileInUseError, UsageError
from dod2oso.base.folderlock import held, held_soon, refuse_locked
from dod2oso.base.pseudonym import KEY_FILE, Pseudonyms, load_key
from dod2oso.base.resources import mappings_dir
from dod2oso.base.texts import Text
from dod2oso.decide.doubles import Doubles, read_doubles
from dod2oso.findings.outcome import Outcome
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.exports import ExportRow
from dod2oso.ledger.safety import ledger_to_write_in
from dod2oso.ledger.store import Ledger, RunStatus
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import plan_of
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.run_metadata import run_group
from dod2oso.oso.added import FACTS, folder_of
from dod2oso.oso.bundles.store import installed
from dod2oso.oso.check_files import Official
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.oso.versions import version as known_version
from dod2oso.report.style import HouseStyle, load_style
from dod2oso.run import audited, supplied
from dod2oso.run.choice import EVERYBODY, Chooser, Selection
from dod2oso.run.convert import Converter
from dod2oso.run.doubles.merging import Merging
from dod2oso.run.parts.division import Share
from dod2oso.run.workers import Workers
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.discreet import LIST as NAME_LIST
from dod2oso.source.container.discreet import NameList
from dod2oso.source.container.find import Sources, find_exports
from dod2oso.source.container.member import FoundExport
from dod2oso.source.container.own import NotOurs
from dod2oso.source.container.pins import Pins
from dod2oso.source.decisions import NONE, DecidedValue, Decisions, read_decisions
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import Export
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.profile import LoadedProfile, with_given
from dod2oso.source.recordstore import RecordStore
from dod2oso.source.register import EMPTY, read_register
from dod2oso.supplement.affected import Affected
from dod2oso.supplement.later import Given, LaterSupplement
from dod2oso.supplement.rows import read_supplements

PACKAGE_NAME = "dod2oso"
_UNREAD = Given()


Confirm = Callable[[Text], bool]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for (see interface: `dod2oso run`)."""

    exports: Sequence[str | Path]
    transfer: str
    version: str = field(default_factory=newest)
    out_dir: Path = Path("dod2oso-out")
    source_profile: str | None = None
    own_profiles: Sequence[Path] = ()  # tried beside those that came with dod2oso (source/own_profiles.py)
    given: Sequence[str] = ()  # NAME=VALUE: what holds for every record and stands nowhere in the exports
    mapping: Path | None = None
    supplements: Sequence[Path] = ()
    broken_supplements: Sequence[tuple[Path, ConfigurationError]] = ()  # told, and kept from stopping the others
    redeliveries: bool = False  # a newer delivery of a school takes the place of an older one (ledger/deliveries.py)
    keep_supplements: bool = False  # a copy of each counts on when the file is gone or damaged (run/remembered.py)
    schools: Path | None = None
    directories: Sequence[Path] = ()  # registers that only add to what `schools` says
    decisions: Sequence[Path] = ()  # what people decided (source/decisions.py)
    selection: Selection = EVERYBODY
    workers: int = 1
    ledger: str | None = None
    datum: str | None = None
    dated: str | None = None  # where nobody said a date: that with which parts of this run were made
    part: Share | None = None  # only this part, beside the ledger (run/parts)
    join: bool = False  # take what parts made, rather than convert
    cluster: str | None = None  # LOCAL or an address: convert there (run/parts/cluster.py)
    lang: str = "nl"
    official: bool = False
    validator_only: bool = False  # hold nothing for what the law asks and the official validator does not
    merge: str | None = None  # the rule by which doubles are merged (run/doubles/decide.NEWEST)
    pins: Pins = field(default_factory=Pins, repr=False)
    sender: str = "outbox"  # who hands over what is ready, see dod2oso/handover/
    only_inspected: bool = False  # what parents did not inspect as it is now is not staged (handover/inspected.py)
    names: bool = False  # in aanvulling.xlsx: the pupils' names besides their numbers
    remember: bool = True  # supplements of earlier runs count again (run/remembered.py)
    forget_supplements: bool = False  # only those of now count, from now on
    file_names: bool = False  # exports are told by their own names, whatever those say (source/container/discreet.py)
    account: str = ""  # who gives the order, for the audit log; "": the user of the machine
    confirm: Confirm | None = field(default=None, repr=False)  # asks a person; None: nobody is there, go on


class Prepared(Protocol):
    """Outcomes that were made elsewhere (run/parts/joining.py)."""

    def outcomes(self, row: ExportRow, export: Export) -> Iterator[Outcome] | None: ...
    def remove(self) -> None: ...


class Watcher(Protocol):
    """Somebody who watches: told of each export and of every dossier."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


class StepTaken(NamedTuple):
    """A step of the run, and why it was skipped ("" when it was done)."""

    name: str
    skipped: str


@dataclass(slots=True)
class FirstPass:
    """What the first pass over an export brought: its records, or (`known`) that by itself it is as it was."""

    profile: LoadedProfile
    fingerprint: str
    export: Export | None = None
    known: ExportRow | None = None


@dataclass(slots=True)
class Result:
    """How a run ended: exports that could not be read, dossiers staged, the files it wrote for people."""

    run_id: str
    unreadable: list[str] = field(default_factory=list)
    staged: int = 0
    report: list[Path] = field(default_factory=list)
    workbook: Path | None = None  # what is still to be filled in
    in_use: list[FileInUseError] = field(default_factory=list)  # files that another program has open: not written
    steps: list[StepTaken] = field(default_factory=list)
    faulty: bool = False  # an export brought out a fault in dod2oso; the others are what they should be


@dataclass(slots=True)
class Session:
    """Everything one run shares: what the steps of the pipeline are given, and give to each other."""

    options: Options
    progress: Watcher
    ledger: Ledger
    sources: Sources
    run_id: str
    datum: str
    config: str
    profiles: tuple[LoadedProfile, ...]
    style: HouseStyle
    converter: Converter  # for `datum`
    affected: Affected
    result: Result
    original: Sequence[FoundExport] = ()  # the exports of `sources` under the names they really have, never told
    decisions: Decisions = NONE
    doubles: Doubles = field(default_factory=Doubles)  # what people decided on pupils in several exports
    merging: Merging = field(default_factory=Merging)
    bound: dict[str, BoundProfile] = field(default_factory=dict)
    configs: dict[tuple[str, ...], str] = field(default_factory=dict)  # as `config_of` said them
    workers: dict[str, Workers] = field(default_factory=dict)  # by datum: it is written into the dossiers
    given: Given = _UNREAD  # what is known of the supplements without reading them
    shared: frozenset[int] = frozenset()  # rows of the supplement that several pupils claim (run/doubtful_rows.py)

    offered: set[int] = field(default_factory=set)  # identities of loose files that an export takes along
    store: RecordStore = field(default_factory=RecordStore)
    first: dict[str, FirstPass] = field(default_factory=dict)  # exports that were read among the others
    problems: dict[str, ExportError] = field(default_factory=dict)  # and what was wrong with those
    parts: Prepared | None = None
    started: float = field(default_factory=stopwatch)
    leave_outbox: bool = False  # a person said so: nothing is staged and nothing taken back
    open: bool = True  # in the ledger

    def config_of(self, *profiles: LoadedProfile) -> str:
        """A hash of what decides the outcome of every dossier of exports that are read with these profiles."""
        names = tuple(profile.name for profile in profiles)
        known = self.configs.get(names)
        if known is None:
            known = self.configs[names] = _with_profiles(self.config, profiles)
        return known

    def config_for(self, export: str, profile: LoadedProfile) -> str:
        """The same of one export, and of what it has to do with others."""
        return self.merging.config(export, self.config_of(profile))

    def share(self, rows: frozenset[int]) -> None:
        """From now on these rows of the supplement give nobody anything."""
        if rows != self.shared:
            for workers in self.workers.values():
                workers.close(at_once=False)
            self.workers.clear()
            self.shared = rows
            self.converter = make_converter(self.options, self.datum, rows, self.given)()
            self.affected = Affected(self.ledger, self.converter.finder, self.converter.pseudonyms)

    def finish(self, status: RunStatus) -> None:
        """Stop all worker processes and say in the ledger how the run ended; a second call does nothing."""
        for workers in self.workers.values():
            workers.close(at_once=status != "done")
        self.store.close()
        if self.open:
            self.open = False
            self.ledger.finish_run(self.run_id, status, stopwatch() - self.started)
            audited.ended(self.ledger, self.options, self.run_id, status)


def check_options(options: Options) -> None:
    """UsageError when they cannot mean anything together."""
    transfer = known_transfer(options.transfer)
    if options.version not in transfer.versions:
        versions = ", ".join(transfer.versions)
        raise UsageError("transfer-not-in-version", version=options.version, transfer=options.transfer, known=versions)
    above = next(path for path in (options.out_dir, *options.out_dir.absolute().parents) if path.exists())
    if not above.is_dir():
        raise UsageError("out-is-file", file=above.name)
    if options.workers < 1:
        raise UsageError("workers-wrong")
    if (options.part is not None) + options.join + (options.cluster is not None) > 1:
        raise UsageError("part-on-cluster")
    if (options.part is not None or options.cluster is not None) and is_encrypted(options.out_dir):
        raise UsageError("part-encrypted")


@contextmanager
def open_session(options: Options, progress: Watcher) -> Iterator[Session]:
    """Begin a run; when the block ends before the run was finished, the ledger calls it interrupted.

    A wrong argument or file is told before anything is written.
    """
    sources = _sources(options)
    with held(options.out_dir, f"run --overstap {options.transfer}"):
        sources, original = _told(options, sources, progress)
        ledger = ledger_to_write_in(
            options.ledger or options.out_dir / LEDGER_FILE, options.out_dir, "run", create=True
        )
        yield from _held_session(options, progress, sources, original, ledger)


@contextmanager
def open_beside(options: Options, progress: Watcher, *, alone: bool = True) -> Iterator[Session]:
    """The same without the ledger of the folder, and without its lock while it lasts: to convert a part of a run.

    What it needs there, the project key and the list of names, is made when it is not. `alone`: nobody holds the folder
    on behalf of all parts.
    """
    refuse_locked(options.out_dir)
    sources = _sources(options)
    with held_soon(options.out_dir, "run --part") if alone else nullcontext():
        load_key(options.out_dir)
        sources, original = _told(options, sources, progress, keep=alone)
    with TemporaryDirectory(prefix="dod2oso-") as folder:  # a ledger of nothing, that knows no export
        ledger = Ledger.open(Path(folder) / LEDGER_FILE, Path(folder))
        yield from _held_session(options, progress, sources, original, ledger)


def _sources(options: Options) -> Sources:
    broken = [path for path, _error in options.broken_supplements]
    more = (options.schools, *options.directories, options.mapping)
    named = (*options.supplements, *broken, *options.decisions, options.selection.pupils, *more)
    given = [path for path in named if path is not None]
    return find_exports(options.exports, options.pins, NotOurs.giving(given))


def _told(
    options: Options, sources: Sources, progress: Watcher, *, keep: bool = True
) -> tuple[Sources, Sequence[FoundExport]]:
    """The exports by names that can be told, and by their own. `keep`: note which name stands for what."""
    names, original = NameList(options.out_dir), sources.exports
    if not options.file_names:
        sources = sources.told_as(names.discreet)
        if keep:
            names.keep()
        if sources.renamed:
            progress.message(Text("names-numbered", count=len(sources.renamed), file=NAME_LIST))
    return sources, original


def _held_session(
    options: Options,
    progress: Watcher,
    sources: Sources,
    original: Sequence[FoundExport],
    opened: AbstractContextManager[Ledger],
) -> Iterator[Session]:
    given = supplied.given(options)
    converter = make_converter(options, run_date(options.datum or options.dated).isoformat(), given=given)()
    datum = converter.mapper.datum.isoformat()
    style = load_style()
    profiles = known_profiles(options.source_profile, options.own_profiles, progress.message)
    profiles = with_given(profiles, options.given)
    decisions = read_decisions(options.decisions)
    doubles = read_doubles(options.out_dir)
    _bind_all(profiles, decisions)
    with opened as ledger:
        ledger.rename_exports(sources.renamed)
        ledger.bind_key(Pseudonyms(load_key(options.out_dir)).of("key-check"))
        run_id = ledger.begin_run(options.version, options.transfer, datum)
        config = _config_hash(options, decisions)
        audited.begun(ledger, options, run_id, datum, _with_profiles(config, profiles))
        affected = Affected(ledger, converter.finder, converter.pseudonyms)
        session = Session(
            options, progress, ledger, sources, run_id, datum, config, profiles, style, converter, affected,
            Result(run_id), original, decisions, doubles, given=given,
        )  # fmt: skip
        try:
            yield session
        finally:
            session.finish("interrupted")


def make_converter(
    options: Options, datum: str, shared: frozenset[int] = frozenset(), given: Given = _UNREAD
) -> Callable[[], Converter]:
    """A recipe that every process can follow to get the same converter; `shared` and `given` as in Session."""
    return partial(_converter, options, datum, shared, given)


def trial_converter(options: Options, *, known: bool = True) -> Converter:
    """A converter to look at what would become of records, without an output folder: nothing is written or kept.

    With `known` pupils are called what they are called in the output folder, if there is one.
    """
    there = known and (options.out_dir / KEY_FILE).exists()
    key = load_key(options.out_dir) if there else secrets.token_bytes(32)
    return _converter(options, run_date(options.datum).isoformat(), frozenset(), _UNREAD, key)


def _converter(
    options: Options, datum: str, shared: frozenset[int], given: Given, key: bytes | None = None
) -> Converter:
    plan = plan_of(options.mapping, options.version, options.transfer)
    metadata = run_group(options.version, options.transfer, datum, PACKAGE_NAME, dod2oso.__version__)
    register = read_register(options.schools, options.directories) if options.schools is not None else EMPTY
    read = partial(read_supplements, options.supplements, plan, load_dictionary())
    supplement = LaterSupplement(read, given, partial(supplied.is_still, options))
    layer = known_transfer(options.transfer).layer
    official = _official(options, layer)
    mapper, pseudonyms = Mapper(plan, metadata, run_date(datum)), Pseudonyms(key or load_key(options.out_dir))
    chooser = Chooser.of(options.selection, known_transfer(options.transfer), mapper.datum, pseudonyms)
    return Converter(
        mapper, layer, register, supplement, pseudonyms, official,
        shared=shared, validator_only=options.validator_only, chooser=chooser,
    )  # fmt: skip


def _official(options: Options, layer: str) -> Official | None:
    """The checker with the user's official files; CheckerError when there are none for this version and layer.

    Of a version that a user added they judge always, and where they cannot nothing is ready.
    """
    from dod2oso.oso.official import needed_judge, official_checker  # saxonche is heavy, and an extra

    version = options.version
    if not options.official:
        return None if known_version(version).nearest is None else needed_judge(version, layer)
    checker = official_checker()
    bundle = installed().get(version)
    if bundle is None or bundle.stylesheet(layer) is None:
        raise CheckerError("official-files-missing", version=version)
    return checker


def _bind_all(profiles: tuple[LoadedProfile, ...], decisions: Decisions) -> None:
    """A decision that a layout cannot take is told before anything is written."""
    decided = {one.row.profile for one in decisions.all if isinstance(one.row, DecidedValue)}
    for profile in profiles:
        if profile.name in decided:
            BoundProfile(profile, load_dictionary(), decisions)


def _config_hash(options: Options, decisions: Decisions) -> str:
    """A hash of what decides the outcome of every dossier of all exports; another hash means: convert all again.

    Supplements are not in it: what they give is kept per dossier (`supplied_with`). Nor are profiles: each export is
    remembered with the one that it was read with (`Session.config_of`).
    """
    said = (dod2oso.__version__, options.version, options.transfer, options.datum, options.validator_only)
    digest = hashlib.sha256("|".join(map(str, said)).encode())
    digest.update(decisions.digest().encode())
    digest.update(repr(replace(options.selection, pupils=None)).encode())
    files = sorted(mappings_dir().rglob("*.yaml"))
    files += [options.selection.pupils] if options.selection.pupils is not None else []
    files += [options.schools, *options.directories] if options.schools is not None else []
    if options.mapping is not None:  # as read: it may extend another
        digest.update(load_mapping(options.mapping).model_dump_json().encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if known_version(options.version).nearest is not None:
        digest.update((folder_of(options.version) / FACTS).read_bytes())
        digest.update(b"judged" if find_spec("saxonche") else b"unjudged")
    if options.official:
        digest.update(installed()[options.version].digest.encode())
    return digest.hexdigest()


def _with_profiles(config: str, profiles: Sequence[LoadedProfile]) -> str:
    """The hash with that of profiles as they were read: a profile file may build on others."""
    digest = hashlib.sha256(config.encode())
    for profile in profiles:
        digest.update(profile.text)
    return digest.hexdigest()
