"""What a mapping may read besides the export: the school register and the run's own metadata.

Both come as groups of cells, like a legacy dossier, so that the plan reads them in the same way. Their cells are in no
balance: they are no source values.
"""

from collections.abc import Mapping

from dod2oso.oso.transfers import categories, category_names, transfer
from dod2oso.oso.versions import version as oso_version
from dod2oso.source.record import Cell, CellSource, Group, own_group

REGISTER_FIELDS = frozenset({"naam", "brin", "vestiging", "aanleverpunt", "soort", "type", "naamdirecteur", "website"})
REGISTER_ADDRESS = ("soort", "straat", "nummer", "toevoeging", "postcode", "plaats", "gemeente")
REGISTER_COMMUNICATION = ("soort", "aanduiding", "nummer")
REGISTER_LISTS = frozenset(
    {f"register.adressen[].{name}" for name in REGISTER_ADDRESS}
    | {f"register.communicatie[].{name}" for name in REGISTER_COMMUNICATION}
)
_METADATA = (
    "pakketnaam", "pakketversie", "datum", "standaardversie", "validatieversie", "eldversie", "xsdversie",
    "overstap", "overdrachtsoort", "deeldossier",
)  # fmt: skip
RUN_FIELDS = frozenset(_METADATA + category_names())

OPT_OUT = "OPT-UIT"
BOTH_PARTS, ONLY_ADMINISTRATION = "LASLVS", "LAS"


def run_group(version: str, transfer_name: str, datum: str, package: str, package_version: str) -> Group:
    """The run's own metadata for a dossier of this version and transfer; `datum` is ISO."""
    known, kind = oso_version(version), transfer(transfer_name)
    values = {
        "pakketnaam": package,
        "pakketversie": package_version,
        "datum": datum,
        "standaardversie": known.standaardversie or "",
        "validatieversie": known.validatieversie or "",
        "eldversie": known.eldversie or "",
        "xsdversie": known.xsdversie or "",
        "overstap": kind.overstap or "",
        "overdrachtsoort": kind.overdrachtsoort,
        "deeldossier": BOTH_PARTS,
        **categories(transfer_name, version),
    }
    return own_group(values, "run")


def with_objections(run: Group, objections: frozenset[str], said: Mapping[str, Cell]) -> Group:
    """The run's metadata for a pupil whose parents object to some categories (cat_…): those become OPT-UIT.

    `said`: cells of the source that say so; the other objections come from a supplement.
    """
    if not objections:
        return run
    group = Group()
    group.fields = dict(run.fields)
    for name in objections:
        if name in group.fields:
            group.fields[name] = said.get(name) or Cell(
                OPT_OUT, CellSource(f"bezwaar.{name}", "aanvulling", shared=True)
            )
    return group
