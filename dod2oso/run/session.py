"""What one run shares: the user's options, the ledger, and a recipe for the converter that every process can follow."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import dod2oso
from dod2oso.base.clock import run_date
from dod2oso.base.errors import CheckerError
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.resources import mappings_dir
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import compile_plan
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.run_metadata import run_group
from dod2oso.oso.bundles import installed
from dod2oso.oso.check_files import Official
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.run.convert import Converter
from dod2oso.run.doubles.merging import Merging
from dod2oso.run.workers import Workers
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import LoadedProfile, find_profile, shipped_profiles
from dod2oso.source.register import EMPTY, read_register
from dod2oso.supplement.affected import Affected
from dod2oso.supplement.rows import read_supplements

PACKAGE_NAME = "dod2oso"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for (see interface: `dod2oso run`)."""

    exports: Sequence[str | Path]
    transfer: str
    version: str = field(default_factory=newest)
    out_dir: Path = Path("dod2oso-out")
    source_profile: str | None = None
    mapping: Path | None = None
    supplements: Sequence[Path] = ()
    schools: Path | None = None
    workers: int = 1
    ledger: str | None = None
    datum: str | None = None
    lang: str = "nl"
    official: bool = False
    merge: str | None = None  # the rule by which doubles are merged (run/doubles/decide.NEWEST)
    pins: Pins = field(default_factory=Pins, repr=False)
    sender: str = "outbox"  # who hands over what is ready, see dod2oso/handover/
    names: bool = False  # in aanvulling.xlsx: the pupils' names besides their numbers


class Watcher(Protocol):
    """Somebody who watches: told of each export and of every dossier."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, nl: str, en: str) -> None: ...


@dataclass(slots=True)
class Result:
    """How a run ended: exports that could not be read, dossiers staged, the files it wrote for people."""

    run_id: str
    unreadable: list[str] = field(default_factory=list)
    staged: int = 0
    report: list[Path] = field(default_factory=list)
    workbook: Path | None = None  # what is still to be filled in


@dataclass(slots=True)
class Session:
    """Everything one run shares."""

    options: Options
    progress: Watcher
    ledger: Ledger
    run_id: str
    datum: str
    config: str
    profiles: tuple[LoadedProfile, ...]
    converter: Converter  # for `datum`
    merging: Merging
    touched: Affected
    result: Result
    bound: dict[str, BoundProfile] = field(default_factory=dict)
    workers: dict[str, Workers] = field(default_factory=dict)  # by datum: it is written into the dossiers
    shared: frozenset[int] = frozenset()  # rows of the supplement that several pupils claim (run/doubtful_rows.py)

    def share(self, rows: frozenset[int]) -> None:
        """From now on these rows of the supplement give nobody anything."""
        if rows != self.shared:
            self.close()
            self.workers.clear()
            self.shared = rows
            self.converter = make_converter(self.options, self.datum, rows)()
            self.touched = Affected(self.ledger, self.converter.finder, self.converter.pseudonyms)

    def close(self) -> None:
        """Stop all worker processes."""
        for workers in self.workers.values():
            workers.close()


def open_session(options: Options, progress: Watcher, ledger: Ledger, converter: Converter) -> Session:
    datum = converter.mapper.datum.isoformat()
    profiles = (find_profile(options.source_profile),) if options.source_profile else shipped_profiles()
    ledger.bind_key(Pseudonyms(load_key(options.out_dir)).of("key-check"))
    run_id = ledger.begin_run(options.version, options.transfer, datum)
    config = _config_hash(options, profiles)
    touched = Affected(ledger, converter.finder, converter.pseudonyms)
    return Session(
        options, progress, ledger, run_id, datum, config, profiles, converter, Merging(), touched, Result(run_id)
    )


def make_converter(options: Options, datum: str, shared: frozenset[int] = frozenset()) -> Callable[[], Converter]:
    """A recipe that every process can follow to get the same converter; `shared` as in Session."""
    return partial(_converter, options, datum, shared)


def _converter(options: Options, datum: str, shared: frozenset[int]) -> Converter:
    plan = compile_plan(load_mapping(options.mapping), options.version, options.transfer)
    metadata = run_group(options.version, options.transfer, datum, PACKAGE_NAME, dod2oso.__version__)
    register = read_register(options.schools) if options.schools is not None else EMPTY
    supplement = read_supplements(options.supplements, plan, load_dictionary())
    layer = known_transfer(options.transfer).layer
    official = _official(options.version, layer) if options.official else None
    mapper = Mapper(plan, metadata, run_date(datum))
    return Converter(mapper, layer, register, supplement, Pseudonyms(load_key(options.out_dir)), official, shared)


def _official(version: str, layer: str) -> Official:
    """The checker with the user's official files; CheckerError when there are none for this version and layer."""
    from dod2oso.oso.official import official_checker  # saxonche is heavy, and an extra

    checker = official_checker()
    bundle = installed().get(version)
    if bundle is None or not bundle.stylesheets(layer):
        raise CheckerError(
            f"Er zijn geen officiële bestanden van OSO {version} voor deze overstap. Voeg ze toe: dod2oso bundle add.",
            f"There are no official files of OSO {version} for this transfer. Add them with: dod2oso bundle add.",
        )
    return checker


def _config_hash(options: Options, profiles: tuple[LoadedProfile, ...]) -> str:
    """A hash of what decides the outcome of every dossier, besides the export; another hash means: convert all again.

    Supplements are not in it: what they give is kept per dossier (`supplied_with`).
    """
    digest = hashlib.sha256(f"{dod2oso.__version__}|{options.version}|{options.transfer}|{options.datum}".encode())
    files = sorted(mappings_dir().rglob("*.yaml"))
    files += [path for path in (options.mapping, options.schools) if path is not None]
    for profile in profiles:  # as read: a profile file may build on others
        digest.update(profile.model.model_dump_json().encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if options.official:
        for path in sorted(path for path in installed()[options.version].folder.iterdir() if path.is_file()):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
