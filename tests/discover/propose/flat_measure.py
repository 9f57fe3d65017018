"""How many columns of a flat export a draft gets right; see test_flat.py for what counts."""

from collections import Counter, defaultdict
from typing import NamedTuple

from dod2oso.discover.propose.align import HIGH, Group, Proposal
from dod2oso.discover.propose.draft import Draft, codes_of, draft_groups, make_draft, rival_tables
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.tables import survey_tables
from dod2oso.source.codes import code_table
from dod2oso.source.tabular.table import column_names
from tests.discover.propose.flat import Column, FlatVocabulary
from tests.discover.propose.kit import placed
from tests.discover.survey.test_survey import Table

TABLE = "leerlingen"


class FlatMeasured(NamedTuple):
    """Counts of columns. `high`: called sure; `choices`: rightly left to a person."""

    columns: int = 0
    right: int = 0
    wrong: int = 0
    wrong_high: int = 0
    high: int = 0
    choices: int = 0
    sex_wrong: int = 0

    def plus(self, other: "FlatMeasured") -> "FlatMeasured":
        return FlatMeasured(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def said(self, what: str) -> str:
        return (
            f"{what}: {self.columns} columns, {self.right / self.columns:.1%} right, "
            f"{self.wrong / self.columns:.1%} wrong, "
            f"{self.wrong_high} of {self.high} called sure wrong ({self.wrong_high / max(1, self.high):.2%}), "
            f"{self.choices} rightly left to a person, sex wrong {self.sex_wrong}"
        )


class Judged(NamedTuple):
    """One column: what it is, what the draft made of it (None: not bound), and how that is."""

    column: Column
    name: str
    group: Group | None
    proposal: Proposal | None
    verdict: str  # right, wrong, open, choice


def names_of(vocabulary: FlatVocabulary) -> tuple[str, ...]:
    return column_names([column.name for column in vocabulary.columns])


def surveyed(vocabulary: FlatVocabulary) -> Survey:
    rows = zip(*(column.values for column in vocabulary.columns), strict=True)
    return survey_tables([Table(TABLE, list(names_of(vocabulary)), *map(list, rows))])


def judge(vocabulary: FlatVocabulary) -> list[Judged]:
    """What a draft of the vocabulary's export makes of each column.

    A column is right when it is bound to a field that it is, in the item of a list where it belongs, with the kind of
    number, relation, sex and date style that it has. It belongs in the item that most columns of that item belong to.
    """
    draft = make_draft(surveyed(vocabulary))
    assert draft is not None
    got = {path.rpartition("/")[2]: (group, one) for path, group, one in placed(draft)}
    pairs = [
        (column, name, *got.get(name, (None, None)))
        for column, name in zip(vocabulary.columns, names_of(vocabulary), strict=True)
    ]
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for column, _name, group, _one in pairs:
        if group is not None:
            votes[id(group)][column.item] += 1
    homes = {group: votes[group].most_common(1)[0][0] for group in votes}
    choices = {one.leaf.path: one for group in draft_groups(draft) for one in group.unsure if _choice(one)}
    judged = []
    for column, name, group, one in pairs:
        if one is None:
            verdict = "right" if not column.fields else "choice" if _rightly_left(column, choices.get(name)) else "open"
        else:
            right = (
                one.field.name in column.fields and _in_place(column, group, homes) and _read_right(draft, column, one)
            )
            verdict = "right" if right else "wrong"
        judged.append(Judged(column, name, group, one, verdict))
    return judged


def measured(judged: list[Judged]) -> FlatMeasured:
    counts = Counter(one.verdict for one in judged)
    sure = [one for one in judged if one.proposal is not None and one.proposal.confidence >= HIGH]
    return FlatMeasured(
        len(judged),
        counts["right"] + counts["choice"],
        counts["wrong"],
        sum(1 for one in sure if one.verdict == "wrong"),
        len(sure),
        counts["choice"],
        sum(
            1
            for one in judged
            if one.proposal is not None and one.column.codes and not _sex_right(one.column, one.proposal)
        ),
    )


def _choice(one: Proposal) -> bool:
    return bool(rival_tables(one))


def _rightly_left(column: Column, one: Proposal | None) -> bool:
    """A code that can mean two opposite things, named as such under the right field."""
    return one is not None and one.field.name in column.fields


def _in_place(column: Column, group: Group | None, homes: dict[int, str]) -> bool:
    assert group is not None
    constants = group.constants
    if column.fields and not column.fields[0].count("[]") and not group.columns:
        return True
    if "emailadres" in column.item or (column.kind == "e-mail" and not group.columns):
        return True
    same = homes[id(group)] == column.item
    kind = column.kind is None or constants.get("soort") == column.kind
    relation = column.relation is None or constants.get("relatie", column.relation) == column.relation
    return same and kind and relation


def _read_right(draft: Draft, column: Column, one: Proposal) -> bool:
    if column.codes:
        return _sex_right(column, one)
    if column.dates is not None:
        return one.dates is not None and _canonical(one.dates) == _canonical(column.dates)
    return True


def _canonical(style: str) -> str:
    return style.replace("dd", "d").replace("mmm", "*").replace("mm", "m")


def _sex_right(column: Column, one: Proposal) -> bool:
    if not one.field.name.endswith("geslacht"):
        return True
    table = codes_of(one)
    entries = code_table(table).entries if table is not None else {}
    return all(entries.get(text, word) == word for text, word in column.codes.items())
