"""Fields of the dictionary by the words of a person, and in words why a draft proposes a field for a place."""

from collections.abc import Iterator

from dod2oso.base.texts import Text
from dod2oso.discover.propose.align import Group, Proposal
from dod2oso.discover.propose.chosen import fields_by_name
from dod2oso.discover.propose.scopes import Field
from dod2oso.discover.propose.score import leaf_evidence
from dod2oso.discover.propose.words import alike, vocabulary

MOST = 15  # that are found
_LEAST = 0.45  # likeness of the words
_INSIDE = 0.7  # likeness of a text that stands in a name or description as it was typed

# kinds of evidence about values -> the text that says it
_SAID = {
    "birth": "layout-why-birth", "person-number": "layout-why-number", "codes-words": "layout-why-codes",
    "codes-letters": "layout-why-codes", "codes-digits": "layout-why-codes", "codes-most": "layout-why-codes",
    "words-boolean": "layout-why-yes-no", "digits-boolean": "layout-why-yes-no", "telling": "layout-why-kind",
    "telling-initials": "layout-why-kind", "telling-text": "layout-why-kind", "telling-attachment": "layout-why-kind",
    "attachment": "layout-why-kind", "constant-export": "layout-why-same", "constant-record": "layout-why-same",
}  # fmt: skip


def look_up(text: str) -> list[Field]:
    """The fields that a text may mean, the likeliest first; none for a text without words."""
    text = " ".join(text.split())[:80].lower()
    bag = vocabulary().bag(text)
    none: frozenset[str] = frozenset()
    if not text:
        return []
    found = []
    for number, (one, _section) in enumerate(fields_by_name().values()):
        score = max((alike(bag, none, label, none) for label, _concepts, _called in one.labels), default=0.0)
        said = (one.name, one.meaning.nl, one.meaning.en, *one.meaning.synonyms)
        if any(text in each.lower() for each in said):
            score = max(score, _INSIDE + len(text) / 1000)
        if score >= _LEAST:
            found.append((-score, len(one.name), number, one))
    return [one for *_rank, one in sorted(found, key=lambda each: each[:3])][:MOST]


def why(proposal: Proposal, group: Group) -> Iterator[Text]:
    """What speaks for a proposal: its name, and what its values look like."""
    said = leaf_evidence(proposal.leaf, proposal.field, group.section.concepts) or ()
    name = dict(said).get("name", 0.0)
    if name > 0.9:
        yield Text("layout-why-name")
    elif name > 0.3:
        yield Text("layout-why-like")
    yield from dict.fromkeys(Text(_SAID[kind]) for kind, much in said if much and kind in _SAID)
