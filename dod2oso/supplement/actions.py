"""What people do about dossiers that wait (mappings/actions.yaml): repairs and other causes, put together per person.

Every waiting dossier is in at least one action: a repair is in exactly one, and the last action has every other cause.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from pydantic import Field

from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.supplement.needs import Needs
from dod2oso.supplement.repairs import Words, elsewhere

Who = Literal["school", "bestuur", "besluit"]
Special = Literal["deliver", "again", "older"]
_ELSEWHERE = "elsewhere"


class _Action(Strict):
    who: Who
    nl: str
    en: str
    how: Words
    repairs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    special: Special | None = Field(None, alias="for")


class _File(Strict):
    actions: Literal[1]
    does: dict[str, _Action]


@dataclass(frozen=True, slots=True)
class Action:
    """One action; see the head of actions.yaml. `number` is its place in that file."""

    key: str
    number: int
    who: Who
    words: Words
    how: Words
    repairs: tuple[str, ...]
    causes: tuple[str, ...]
    special: Special | None


@lru_cache(maxsize=1)
def actions() -> dict[str, Action]:
    """All actions by key, in the order of the file."""
    file = load(mappings_dir() / "actions.yaml")
    return {
        key: Action(
            key, number, one.who, Words(nl=one.nl, en=one.en), one.how, one.repairs,
            tuple(each for cause in one.causes for each in (elsewhere() if cause == _ELSEWHERE else (cause,))),
            one.special,
        )
        for number, (key, one) in enumerate(validate(_File, file.data, file).does.items())
    }  # fmt: skip


def special(which: Special) -> Action:
    """The action for what is no repair and no cause."""
    return next(one for one in actions().values() if one.special == which)


def action_of_repair(key: str) -> Action | None:
    """The action that a repair is part of; None for a repair that this version does not have."""
    return next((one for one in actions().values() if key in one.repairs), None)


@lru_cache(maxsize=512)
def action_of_cause(cause: str) -> Action:
    """The action for a cause that no repair takes away: a rule key, a finding code (with @path), leeg@path."""
    code = cause if cause.startswith("leeg@") else cause.partition("@")[0]
    return next(one for one in actions().values() if any(fnmatchcase(code, pattern) for pattern in one.causes))


def actions_of(needs: str | None, also: tuple[str, ...] = ()) -> list[Action]:
    """What must be done about a waiting dossier, in the order of the file, each once.

    `needs`: as in the ledger, None where an older version recorded it; `also`: causes that are found over all dossiers.
    """
    if needs is None:
        found = [special("older"), *map(action_of_cause, also)]
    else:
        parsed = Needs.parse(needs)
        repairs = [one for key in parsed.repairs if (one := action_of_repair(key)) is not None]
        found = [*repairs, *map(action_of_cause, (*parsed.stuck, *also))] or [action_of_cause("")]
    return sorted({one.key: one for one in found}.values(), key=lambda one: one.number)
