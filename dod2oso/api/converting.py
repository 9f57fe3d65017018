"""Convert exports to OSO dossiers in memory: nothing is written, kept or handed over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dod2oso.api.reading import Problem, each_export
from dod2oso.findings.model import Finding
from dod2oso.findings.outcome import State
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.oso.versions import newest
from dod2oso.oso.versions import version as known_version
from dod2oso.run.session import Options, trial_converter
from dod2oso.source.export import Export


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of one record.

    `state`: ready, held (something is in the way, see `findings`) or rejected (no dossier can be made; `xml` is None).
    `xml`: the dossier, UTF-8, personal and left out when printed. `balance`: source_values, mapped, dropped, unmapped,
    refused, lossy, as in docs/rapport.schema.json; the first is the sum of the four after it.
    """

    export: str
    profile: str
    number: int
    state: State
    brin: str
    xml: bytes | None = field(repr=False)
    findings: tuple[Finding, ...]
    balance: Mapping[str, int]


def convert_exports(
    *exports: str | Path,
    transfer: str,
    version: str | None = None,
    profile: str | None = None,
    own_profiles: Sequence[str | Path] = (),
    mapping: str | Path | None = None,
    schools: str | Path | None = None,
    supplements: Sequence[str | Path] = (),
    datum: str | None = None,
    pin_file: str | Path | None = None,
    problem: Problem | None = None,
) -> Iterator[Converted]:
    """What would become of every pupil in these exports, one at a time, as `dod2oso run` converts it.

    transfer: POPO, POVO, VOVO, BB, POSWV or VOSWV. version: of OSO, else the newest. mapping, schools, supplements,
    datum (YYYY-MM-DD, the day of the dossier): as the options of `dod2oso run`; the rest as in `read_exports`. The same
    pupil in several exports is told apart only by a run, which has a ledger.

    Raises UsageError or ConfigurationError at once for an argument or a file of your own that is wrong.

    >>> import dod2oso
    >>> made = dod2oso.convert_exports("samples/formaten/edexml-2.1.xml", transfer="povo", datum="2025-06-15")
    >>> one = next(made)
    >>> accounted = ("mapped", "dropped", "unmapped", "refused")
    >>> one.state, one.balance["source_values"] == sum(one.balance[key] for key in accounted)
    ('held', True)
    """
    options = Options(
        exports=(),
        transfer=known_transfer(transfer).name,
        version=known_version(version).name if version else newest(),
        mapping=Path(mapping) if mapping is not None else None,
        schools=Path(schools) if schools is not None else None,
        supplements=[Path(each) for each in supplements],
        datum=datum,
    )
    converter = trial_converter(options, known=False)

    def converted(name: str, found: str, export: Export) -> Iterator[Converted]:
        for outcome in map(converter.convert, export.dossiers()):
            usable = outcome.xml if outcome.state != "rejected" else None
            yield Converted(
                name, found, outcome.record, outcome.state, outcome.brin, usable, tuple(outcome.findings),
                outcome.balance.as_dict(),
            )  # fmt: skip

    return each_export(
        exports, converted, profile=profile, own_profiles=own_profiles, pin_file=pin_file, problem=problem
    )
