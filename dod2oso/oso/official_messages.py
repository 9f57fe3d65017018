"""What official stylesheets say, and how that compares with our own verdict.

    <meldingen><melding><type>Fout</type><locatie>/dossier[1]/…</locatie><tekst>…</tekst></melding></meldingen>

One `melding` is one message; none is approval. Two verdicts are the same when they have as many messages at the same places:
a message that is worded otherwise is no other verdict. Texts carry no number of a rule. Which of our rules a text belongs to
is read from the stylesheet where its form tells it (every code list), and learned from places where each side has one message.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.texts import Text
from dod2oso.oso.rules.document import value
from dod2oso.oso.rules.expression import Not, Path, Test
from dod2oso.oso.rules.loading import rules
from dod2oso.oso.verdict import Verdict

_XSLT = "{http://www.w3.org/1999/XSL/Transform}"
_CODED = re.compile(r"/descendant::\*/[\w.-]+:([\w.-]+)/[\w.-]+:([\w.-]+)\Z")
_STEP = re.compile(r"/(?:[\w.-]+:)?(?P<name>[\w.-]+)(?:\[(?P<n>\d+)\])?")
_NAMED = 3  # how many differences are named


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
            case Not(Test("in_list", Path(()))):
                ours[rule.place.steps[-2:]] = rule.key
    found = {}
    for data in sheets:
        for each in xmlsafe.parse_bytes(data).iter(f"{_XSLT}for-each"):
            coded = _CODED.match(each.get("select", ""))
            key = ours.get((coded[1], coded[2])) if coded else None
            if key is not None:
                found.update(dict.fromkeys(_said(each), key))
    return found


def _said(each: etree._Element) -> Iterator[str]:
    for given in each.iter(f"{_XSLT}with-param"):
        text = " ".join(value(given).split()) or given.get("select", "").strip("'\"")
        if len(text) > 4:
            yield text


def difference(messages: list[Message] | None, approved: bool, ours: Verdict, learned: dict[str, str]) -> Text | None:
    """In what the verdicts differ: the schema, or the messages at a place; None when they agree.

    `messages` is None when the stylesheet could not judge. `learned` grows: text of a message -> our rule.
    """
    schema: Text | str = ""
    if approved != (ours.schema.state == "passed"):
        schema = Text("official-schema-approves" if approved else "official-schema-refuses")
    if messages is None or ours.rules.state == "crashed":
        if (messages is None) == (ours.rules.state == "crashed"):
            return Text("official-differs", schema=schema, theirs="", own="") if schema else None
        stopped = Text("official-stopped" if messages is None else "own-rules-stopped")
        return Text("official-differs", schema=schema, theirs=stopped, own="")
    there, here = Counter(one.at for one in messages), Counter(one.at for one in ours.rules.fired)
    if there == here:
        _learn(messages, ours, learned, there)
        return Text("official-differs", schema=schema, theirs="", own="") if schema else None
    at_fault = {at for at in there | here if there[at] != here[at]}
    own_rules = {at: {one.rule for one in ours.rules.fired if one.at == at} for at in at_fault}
    only_theirs, only_own = [], []
    for message in messages:
        key = learned.get(message.text, "?")
        if message.at in at_fault and key not in own_rules[message.at]:
            only_theirs.append(f"{key} {_plain(message.at)}")
    for fired in ours.rules.fired:
        said = {learned.get(one.text, "?") for one in messages if one.at == fired.at}
        if fired.at in at_fault and fired.rule not in said:
            only_own.append(f"{fired.rule} {_plain(fired.at)}")
    return Text(
        "official-differs",
        schema=schema,
        theirs=Text("official-only", rules=_few(only_theirs)) if only_theirs else "",
        own=Text("own-only", rules=_few(only_own)) if only_own else "",
    )


def _learn(messages: list[Message], ours: Verdict, learned: dict[str, str], places: Counter[str]) -> None:
    single = {one.at: one.rule for one in ours.rules.fired if places[one.at] == 1}
    for message in messages:
        if message.at in single:
            learned.setdefault(message.text, single[message.at])


def _part(message: etree._Element, name: str) -> str:
    found = message.find(f"{{*}}{name}")
    return " ".join(value(found).split()) if found is not None else ""


def _plain(at: str) -> str:
    return "/".join(step.partition("[")[0] for step in at.split("/") if step).removeprefix("dossier/") or "document"


def _few(found: list[str]) -> str:
    names = list(dict.fromkeys(found))
    return ", ".join(names[:_NAMED]) + (f" (+{len(names) - _NAMED})" if len(names) > _NAMED else "")
