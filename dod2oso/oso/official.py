"""Runs the official stylesheets (XSLT 2.0, through saxonche) and holds their verdict against ours.

Assumed of the stylesheets, whose exact output is not public:
- They judge the document itself and need no parameters.
- Output in SVRL: every failed-assert and successful-report is one message, at its @location.
- Any other output: every xsl:message is one message. Without xsl:message every line of plain text is one, or, in
  XML, every element with text of its own. No messages is approval.
- A stylesheet that stops with an error gives no verdict: `crashed`. Saxon may order the parts of an `and` in
  another way when a stylesheet is used again, so a stop is believed only of a freshly compiled one.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.errors import CheckerError
from dod2oso.oso.bundles import Bundle, installed
from dod2oso.oso.check_files import OfficialResult
from dod2oso.oso.codelists import codelists
from dod2oso.oso.rules.document import value
from dod2oso.oso.rules.model import Texts
from dod2oso.oso.verdict import Verdict

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_STEP = re.compile(
    r"/(?:\*:)?(?:[\w.-]+:)?(?P<name>[\w.-]+)(?:\[namespace-uri\(\)\s*=\s*'[^']*'\])?(?:\[(?P<n>\d+)\])?"
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_SHORT = 4  # shorter texts are no personal data that could be recognised


class _Message(NamedTuple):
    text: str
    at: str  # /dossier[1]/…, empty when unknown


class _StoppedError(Exception):
    """A stylesheet stopped with an error."""


class OfficialChecker:
    """Judges documents with the bundles of the user; one per process."""

    def __init__(self, saxon: Any) -> None:
        self._saxon = saxon.PySaxonProcessor(license=False)
        self._stopped = saxon.PySaxonApiError
        self._bundles = installed()
        self._compiled: dict[Path, Any] = {}

    def __call__(self, root: etree._Element, version: str, layer: str, ours: Verdict) -> OfficialResult:
        """What the official files of this version and layer say of a document, and where we say something else."""
        bundle = self._bundles.get(version)
        sheets = bundle.stylesheets(layer) if bundle else []
        if bundle is None or not sheets:
            return OfficialResult("not-run")
        approved = _schema_approves(bundle, root)
        node = self._saxon.parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        try:
            messages = [message for sheet in sheets for message in self._run(sheet, node)]
        except _StoppedError:
            return OfficialResult("crashed", [], _difference("crashed", [], approved, ours))
        hidden = _hider(root)
        state = "failed" if messages or not approved else "passed"
        texts = [
            f"{hidden(message.text)} ({message.at})" if message.at else hidden(message.text) for message in messages
        ]
        rules_state = "failed" if messages else "passed"
        return OfficialResult(state, texts, _difference(rules_state, messages, approved, ours))

    def _run(self, sheet: Path, node: Any) -> list[_Message]:
        known = sheet in self._compiled
        try:
            return self._transform(sheet, node)
        except _StoppedError:
            if not known:
                raise
            del self._compiled[sheet]
            return self._transform(sheet, node)

    def _transform(self, sheet: Path, node: Any) -> list[_Message]:
        try:
            with _silent():
                if sheet not in self._compiled:
                    compiler = self._saxon.new_xslt30_processor()
                    self._compiled[sheet] = compiler.compile_stylesheet(stylesheet_file=str(sheet))
                run = self._compiled[sheet]
                run.set_save_xsl_message(True)
                run.clear_xsl_messages()
                run.set_capture_result_documents(True)
                output = run.transform_to_string(xdm_node=node) or ""
                said = run.get_xsl_messages()
        except self._stopped:
            raise _StoppedError from None
        spoken = [str(said.item_at(i)) for i in range(said.size)] if said is not None else []
        return _read(output, spoken)


@cache
def official_checker() -> OfficialChecker:
    """The checker; CheckerError when saxonche or every bundle is absent."""
    try:
        import saxonche
    except ImportError:
        raise CheckerError("saxonche-needed") from None
    if not installed():
        raise CheckerError("official-files-absent")
    return OfficialChecker(saxonche)


def _read(output: str, spoken: list[str]) -> list[_Message]:
    """The messages in the output of a stylesheet, see the assumptions above."""
    output = _DECLARATION.sub("", output)
    try:
        root = xmlsafe.parse_bytes(output.encode()) if output.lstrip().startswith("<") else None
    except etree.XMLSyntaxError:
        root = None
    if root is not None and (root.tag == f"{_SVRL}schematron-output" or root.find(f".//{_SVRL}*") is not None):
        found = root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
        return [_Message(_words(e), _place(e.get("location", ""))) for e in found]
    if spoken:
        return [_Message(" ".join(text.split()), "") for text in spoken]
    if root is not None:
        return [_Message(" ".join((e.text or "").split()), "") for e in root.iter("*") if (e.text or "").strip()]
    return [_Message(line.strip(), "") for line in output.splitlines() if line.strip()]


def _words(element: etree._Element) -> str:
    return " ".join(value(element).split())


def _place(location: str) -> str:
    """An XPath location as our own kind of place; as it is when it has another form."""
    steps = list(_STEP.finditer(location))
    if location in ("/", "/[1]") or not steps or "".join(step[0] for step in steps) != location:
        return "/[1]" if location in ("/", "/[1]") else location
    return "".join(f"/{step['name']}[{step['n'] or 1}]" for step in steps)


def _difference(state: str, messages: list[_Message], approved: bool, ours: Verdict) -> Texts | None:
    """In what we differ: the schema, the verdict of the rules, or the number of messages at a place."""
    said = []
    if approved != (ours.schema.state == "passed"):
        said.append(("schema", "goed" if approved else "fout", "right" if approved else "wrong"))
    if state != ours.rules.state:
        said.append(("rules", state, state))
    elif messages:
        here = Counter(fired.at for fired in ours.rules.fired)
        there = Counter(message.at for message in messages)
        same = here == there if all(there) else len(messages) == len(ours.rules.fired)
        if not same:
            counts = f"{len(messages)} / {len(ours.rules.fired)}"
            said.append(("messages", counts, counts))
    if not said:
        return None
    nl = "; ".join(f"{what}: {there}" for what, there, _ in said)
    en = "; ".join(f"{what}: {there}" for what, _, there in said)
    return Texts(
        f"Verschil met de officiële controle ({nl}). Meld dit aan de makers van dod2oso.",
        f"Difference with the official check ({en}). Please report this to the makers of dod2oso.",
    )


def _schema_approves(bundle: Bundle, root: etree._Element) -> bool:
    path = bundle.schema()
    return True if path is None else _schema(path).validate(root)


@cache
def _schema(path: Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(path, xmlsafe.parser()))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError, OSError):
        raise CheckerError("official-schema-unusable", file=path.name) from None


def _hider(root: etree._Element) -> Any:
    """A function that hides the values of this document in a text; codes and element names may stay."""
    codes = {code.code for one in codelists().values() for code in one.codes}
    values = {value(e).strip() for e in root.iter("{*}*") if len(e) == 0} - codes - {"true", "false"}
    long = sorted((text for text in values if len(text) >= _SHORT), key=len, reverse=True)

    def hide(text: str) -> str:
        for one in long:
            text = text.replace(one, "…")
        return text

    return hide


@contextmanager
def _silent() -> Iterator[None]:
    """Saxon writes errors, with values from the document, straight to stderr; they must not get there."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
