"""What official stylesheets say, and how that compares with our own verdict.

    <meldingen><melding><type>Fout</type><locatie>/dossier[1]/…</locatie><tekst>…</tekst></melding></meldingen>

One `melding` is one message; none is approval. Two verdicts are the same when they have as many messages at the same
places: a message that is worded otherwise is no other verdict. Texts carry no number of a rule. Which of our rules a
text belongs to is read from the stylesheet where its form tells it (every code list), and learned from places where
each side has one message.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.texts import Sentences, Text
from dod2oso.oso.rules.document import value
from dod2oso.oso.rules.expression import And, Not, Path, Test
from dod2oso.oso.rules.loading import rules
from dod2oso.oso.verdict import Verdict

_XSLT = "{http://www.w3.org/1999/XSL/Transform}"
_CODED = re.compile(r"/descendant::\*(?:/[\w.-]+:[\w.-]+)+\Z")
_PREFIX = re.compile(r"/[\w.-]+:")
_STEP = re.compile(r"/(?:[\w.-]+:)?(?P<name>[\w.-]+)(?:\[(?P<n>\d+)\])?")
_NAMED = 3  # how many differences are named
_UNKNOWN = "?"  # a message of which we do not know the rule
_MOST_LEARNED = 2_000  # a text may hold a value, so there is no end to them


class Message(NamedTuple):
    """One message. `at` is a place as /dossier[1]/metadata[1]; /[1] is the document."""

    text: str
    at: str


class UnknownFormError(Exception):
    """The output of a stylesheet is not in the form that is known, so nothing can be concluded from it."""


def read_messages(output: str) -> list[Message]:
    """The messages in the output of a stylesheet; UnknownFormError when it is no `meldingen`."""
    try:
        root = xmlsafe.parse_bytes(output.encode())
    except etree.XMLSyntaxError:
        raise UnknownFormError from None
    if etree.QName(root).localname != "meldingen":
        raise UnknownFormError
    return [Message(_part(one, "tekst"), place(_part(one, "locatie"))) for one in root.iter("{*}melding")]


def place(location: str) -> str:
    """An official location as our own kind of place; as it is when it has another form."""
    steps = list(_STEP.finditer(location))
    if location in ("", "/", "/[1]"):
        return "/[1]"
    if "".join(step[0] for step in steps) != location:
        return location
    return "".join(f"/{step['name']}[{step['n'] or 1}]" for step in steps)


def known_messages(sheets: Iterable[bytes], version: str, layer: str) -> dict[str, str]:
    """Text of a message -> our rule, for every code list: these have one form in all official stylesheets."""
    ours = {}
    for rule in rules(version, layer):
        match rule.fires:
            case And((Not(Test("in_list", Path(()))),)):
                ours[tuple(step for step in rule.place.steps if step != "*")] = rule.key
    found = {}
    for data in sheets:
        for each in xmlsafe.parse_bytes(data).iter(f"{_XSLT}for-each"):
            select = each.get("select", "")
            steps = _PREFIX.split(select.removeprefix("/descendant::*"))[1:] if _CODED.match(select) else []
            key = ours.get(tuple(steps))
            if key is not None:
                found.update(dict.fromkeys(_said(each), key))
    return found


def _said(each: etree._Element) -> Iterator[str]:
    for given in each.iter(f"{_XSLT}with-param"):
        text = " ".join(value(given).split()) or given.get("select", "").strip("'\"")
        if len(text) > 4:
            yield text


def difference(
    messages: list[Message] | None, approved: bool, ours: Verdict, learned: dict[str, str], *, endless: bool = False
) -> Text | None:
    """In what the verdicts differ: the schema, or the messages at a place; None when they agree.

    `messages` is None when the stylesheet could not judge, `endless` when it did not come to an end. `learned` grows:
    text of a message -> our rule.
    """
    parts = []
    if approved != (ours.schema.state == "passed"):
        parts.append(Text("official-schema-approves" if approved else "official-schema-refuses"))
    if messages is None or ours.rules.state == "crashed":
        if messages is not None:
            parts.append(Text("own-rules-stopped"))
        elif ours.rules.state != "crashed":
            parts.append(Text("official-endless" if endless else "official-stopped"))
    else:
        parts += _rules_that_differ(messages, ours, learned)
    return Text("official-differs", parts=Sentences(*parts)) if parts else None


def _rules_that_differ(messages: list[Message], ours: Verdict, learned: dict[str, str]) -> Iterator[Text]:
    there, here = Counter(one.at for one in messages), Counter(one.at for one in ours.rules.fired)
    if there == here:
        _learn(messages, ours, learned, there)
        return
    at_fault = {at for at in there | here if there[at] != here[at]}
    own = {at: {one.rule for one in ours.rules.fired if one.at == at} for at in at_fault}
    said = {at: {learned.get(one.text, _UNKNOWN) for one in messages if one.at == at} for at in at_fault}
    only_theirs = [f"{rule} {_plain(at)}" for at in at_fault for rule in sorted(said[at] - own[at])]
    only_own = [f"{rule} {_plain(at)}" for at in at_fault for rule in sorted(own[at] - said[at])]
    if only_theirs:
        yield Text("official-only", rules=_few(only_theirs))
    if only_own:
        yield Text("own-only", rules=_few(only_own))
    if not only_theirs and not only_own:
        yield Text("official-other-count", places=_few([_plain(at) for at in at_fault]))


def _learn(messages: list[Message], ours: Verdict, learned: dict[str, str], places: Counter[str]) -> None:
    single = {one.at: one.rule for one in ours.rules.fired if places[one.at] == 1}
    for message in messages:
        if message.at in single and len(learned) < _MOST_LEARNED:
            learned.setdefault(message.text, single[message.at])


def _part(message: etree._Element, name: str) -> str:
    found = message.find(f"{{*}}{name}")
    return " ".join(value(found).split()) if found is not None else ""


def _plain(at: str) -> str:
    return "/".join(step.partition("[")[0] for step in at.split("/") if step).removeprefix("dossier/") or "document"


def _few(found: list[str]) -> str:
    names = sorted(set(found))
    return ", ".join(names[:_NAMED]) + (f" (+{len(names) - _NAMED})" if len(names) > _NAMED else "")
