"""What is worth filling in besides what blocks (mappings/useful.yaml), as far as a plan takes it from a supplement."""

from functools import lru_cache
from typing import Literal

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import Strict, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import load
from dod2oso.mapping.plan import Plan
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.requirements import OPTIONAL, Level, requirements
from dod2oso.source.dictionary import load_dictionary
from dod2oso.supplement.repairs import Fill, Words
from dod2oso.supplement.rows import NOT_ALLOWED, misfit


class _Field(Strict):
    certainty: Literal["I"]  # what is certain follows from the rules, and is not listed
    why: Words


class _File(Strict):
    useful: Literal[1]
    under: str
    levels: dict[Level, Words]
    fields: dict[str, _Field]


def useful_for(plan: Plan) -> tuple[Fill, ...]:
    """The columns, in the order of the dossier; `help` says why each is useful."""
    file, asked = _read(), requirements(plan.version, plan.transfer)
    found = []
    for element in catalogue(plan.version).fields():
        listed = file.fields.get(element.path)
        level = asked.get(element.path, OPTIONAL).level
        why = file.levels.get(level) or (listed.why if listed is not None else None)
        if why is not None and element.path.startswith(file.under) and _may_say(plan, element.path):
            found.append(Fill(column=element.path, value="", help=why))
    return tuple(found)


@lru_cache(maxsize=1)
def _read() -> _File:
    file = load(mappings_dir() / "useful.yaml")
    return validate(_File, file.data, file)


def _may_say(plan: Plan, path: str) -> bool:
    """Whether a supplement may say a field by its path: not of what repeats, and not of what only a source can know."""
    if path not in plan.leaves:
        return False
    try:
        return misfit(path, "", plan, load_dictionary()) != NOT_ALLOWED
    except ConfigurationError:
        return False
