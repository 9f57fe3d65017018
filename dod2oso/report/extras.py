"""What the report says besides the status of one run: repairs, what changed, trends, the six OSO versions.

Plain data, made by `supplement/` and the modules of this room; every rendering shows these numbers and no others.
Nothing in here is about one pupil.
"""

from dataclasses import dataclass

from dod2oso.report.texts import CauseKey


@dataclass(frozen=True, slots=True)
class RepairPart:
    """One thing that people can do: fill in what belongs together (`repairs.yaml`).

    `dossiers`: how many waiting dossiers need it; `alone`: how many become ready by doing only this. `who`: `school`
    (per pupil, in aanvulling.xlsx) or `bestuur` (once per school, in aanvulling.xlsx or the school register).
    `columns`: labels of what has to be filled in.
    """

    key: str
    text: str
    who: str
    columns: tuple[str, ...]
    dossiers: int
    schools: int
    alone: int


@dataclass(frozen=True, slots=True)
class CombinationPart:
    """Repairs done together (texts and keys in the same order) and how many more dossiers are then ready.

    `surplus`: of those, how many become ready only by the combination (none of its parts alone makes them ready).
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    dossiers: int
    surplus: int


@dataclass(frozen=True, slots=True)
class GoalPart:
    """The shortest list of repairs with which at least `percent` of all dossiers is ready.

    `keys`/`texts` in the order to do them; `ready[i]`: number of ready dossiers after the first i + 1 repairs.
    `reached` is False when no list gets there: then this is the list that gets furthest. `exact` is False when there
    are too many repairs to try all lists and this one was found greedily. An empty list with `reached`: it is so now.
    """

    percent: int
    reached: bool
    exact: bool
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    ready: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StuckPart:
    """A cause that nobody can fill in (a double pupil, a refusal, an odd value): somebody has to decide."""

    key: CauseKey
    text: str
    remedy: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What filling in would bring, found by putting a plausible value in each waiting dossier and judging it again.

    `total`, `ready`: dossiers now; `reachable`: how many more are ready when everything is filled in; `unknown`:
    waiting dossiers that were recorded by an older version and therefore not simulated.
    """

    total: int
    ready: int
    reachable: int
    unknown: int
    repairs: tuple[RepairPart, ...]  # most dossiers first
    combinations: tuple[CombinationPart, ...]  # the best pairs, most dossiers first
    goals: tuple[GoalPart, ...]  # 50, 80 and 95 %
    stuck: tuple[StuckPart, ...]  # most dossiers first


@dataclass(frozen=True, slots=True)
class StateMove:
    """So many dossiers went from one state to another; "" is: not in that run."""

    before: str
    after: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class CauseChange:
    """One blocking cause then and now, in dossiers. `solved`: had it then and not now; `new`: has it now, not then."""

    key: CauseKey
    text: str
    before: int
    after: int
    solved: int
    new: int


@dataclass(frozen=True, slots=True)
class SchoolChange:
    """What changed at one school: dossiers that became ready, fell back from ready, came in and went out."""

    brin: str
    vestiging: str
    became_ready: int
    fell_back: int
    arrived: int
    left: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between an earlier run (`since`) and the run of the report, dossier by dossier.

    `same_inputs` is False when the two runs did not have the same exports; then what is not in one of them shows as
    arrived or left.
    """

    since: str
    since_started: str
    same_inputs: bool
    moves: tuple[StateMove, ...]
    causes: tuple[CauseChange, ...]  # most solved first, then most new; unchanged ones are left out
    schools: tuple[SchoolChange, ...]  # only schools where something changed


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How one school stood at the end of one run."""

    run: str
    started: str
    ready: int
    held: int
    rejected: int


@dataclass(frozen=True, slots=True)
class SchoolTrend:
    """One school over all finished runs for this OSO version and transfer, oldest first."""

    brin: str
    vestiging: str
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True)
class FieldInVersion:
    """What one OSO version does with one source field.

    `paths`: the OSO fields that read it, empty when it has none; then `reason` is a key of reasons.yaml, `text` its
    words and `legal` whether the law or the profile of the transfer forbids it.
    """

    version: str
    paths: tuple[str, ...]
    reason: str
    text: str
    legal: bool


@dataclass(frozen=True, slots=True)
class FieldVersions:
    """One source field of these exports in every OSO version; `values`: how often the exports have it."""

    field: str
    label: str
    values: int
    versions: tuple[FieldInVersion, ...]  # in the order of Versions.columns


@dataclass(frozen=True, slots=True)
class VersionPart:
    """One OSO version, held against the version of the run.

    `available`: this transfer exists in it (if not, all counts are 0). `with_place`, `without_place`: source values of
    fields that have, or lack, a place; `without_place_legal` of the latter: on legal grounds. `gains`, `loses`: the
    fields (dictionary names) that have a place here and not in the run's version, and the other way round;
    `gained`, `lost`: how many values of the exports that is.
    """

    version: str
    is_run: bool
    available: bool
    with_place: int
    without_place: int
    without_place_legal: int
    gained: int
    lost: int
    gains: tuple[str, ...]
    loses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """The same exports in all six OSO versions, field by field: which fields have a place there.

    From the counts in the ledger and the mapping compiled for every version; the exports are not read again. Whether a
    single value fits (length, code list) is not in it.
    """

    columns: tuple[str, ...]  # the available versions, oldest first
    versions: tuple[VersionPart, ...]  # all six, oldest first
    fields: tuple[FieldVersions, ...]  # only those that differ between versions, most values first
    alike: int  # how many other fields the exports have, that every version treats alike


@dataclass(frozen=True, slots=True)
class Extras:
    """All of it. `changes` is None for a first run, `versions` when nobody asked (`report --compare-versions`)."""

    simulation: Simulation
    changes: Changes | None
    trends: tuple[SchoolTrend, ...]
    versions: Versions | None
