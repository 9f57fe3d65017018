"""Decisions that people took back: what was decided, who took it back, when and why. Nothing reads them but a history.

They stand beside the decisions, in a file of the same kind of rows. No pupil is in it.
"""

from pathlib import Path

from pydantic import Field

from dod2oso.base.files import atomic_write
from dod2oso.base.models import Strict, validate
from dod2oso.base.yaml import load
from dod2oso.decide.person import Signature
from dod2oso.source.decisions import AnyDecision, AnyRow, as_data

_HEAD = """\
# Beslissingen die zijn ingetrokken. dod2oso gebruikt ze niet meer; ze staan hier om het na te kunnen kijken.
# Decisions that were withdrawn. dod2oso does not use them any more; they are here to look them up.
"""


class Withdrawn(Strict):
    """A decision as it was, and who took it back, when and why."""

    row: AnyDecision
    who: str = Field(min_length=1)
    when: str = Field(min_length=1)
    why: str = Field(min_length=1)


class _File(Strict):
    withdrawn: tuple[Withdrawn, ...] = ()


def withdrawn_file(decisions: Path) -> Path:
    """Where the withdrawn ones of a file of decisions stand."""
    return decisions.with_name(f"{decisions.stem}-ingetrokken{decisions.suffix}")


def read_withdrawn(decisions: Path) -> tuple[Withdrawn, ...]:
    """Those of a file of decisions, in the order in which they were taken back. ConfigurationError when it is wrong."""
    path = withdrawn_file(decisions)
    if not path.is_file():
        return ()
    file = load(path)
    return validate(_File, file.data, file).withdrawn


def note_withdrawn(decisions: Path, row: AnyRow, by: Signature) -> None:
    """Add one."""
    from dod2oso.base.yamltext import dumped_quoted

    there = [*read_withdrawn(decisions), Withdrawn(row=row, who=by.who, when=by.when, why=by.why)]
    data = {"withdrawn": [{"row": as_data(one.row), "who": one.who, "when": one.when, "why": one.why} for one in there]}
    atomic_write(withdrawn_file(decisions), _HEAD.encode() + dumped_quoted(data).encode())
