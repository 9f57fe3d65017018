"""Runs the official stylesheets (XSLT 2.0, through saxonche): one per layer, compiled once per process.

A stylesheet that stops with an error, or answers in a form that is not known, gives no verdict: `crashed`. Saxon may
order the parts of an `and` in another way when a stylesheet is used again, so a stop is believed only of a freshly
compiled one.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from dod2oso.base import xml as xmlsafe
from dod2oso.base.errors import CheckerError
from dod2oso.oso.bundles.store import Bundle, installed
from dod2oso.oso.check_files import Official, OfficialResult
from dod2oso.oso.codelists import codelists
from dod2oso.oso.derive.learn import Judge
from dod2oso.oso.official_messages import Message, UnknownFormError, difference, known_messages, read_messages
from dod2oso.oso.rules.document import value
from dod2oso.oso.verdict import Verdict
from dod2oso.oso.versions import version as known_version

_SHORT = 4  # shorter texts are no personal data that could be recognised


class _StoppedError(Exception):
    """A stylesheet stopped with an error."""


class OfficialChecker:
    """Judges documents with the bundles of the user; one per process."""

    def __init__(self, saxon: Any) -> None:
        self._saxon = saxon.PySaxonProcessor(license=False)
        self._stopped = saxon.PySaxonApiError
        self._bundles = installed()
        self._compiled: dict[Path, Any] = {}
        self._learned: dict[tuple[str, str], dict[str, str]] = {}

    def __call__(self, root: etree._Element, version: str, layer: str, ours: Verdict) -> OfficialResult:
        """What the official files of this version and layer say of a document, and where we say something else."""
        bundle = self._bundles.get(version)
        sheet = bundle.stylesheet(layer) if bundle else None
        if bundle is None or sheet is None:
            return OfficialResult("not-run")
        approved = _schema_approves(bundle, root)
        learned = self._texts(bundle, version, layer)
        try:
            messages = self.messages(sheet, root)
        except _StoppedError:
            return OfficialResult("crashed", [], difference(None, approved, ours, learned))
        hidden = _hider(root) if messages else str
        state = "failed" if messages or not approved else "passed"
        said = [(message.at, hidden(message.text)) for message in messages]
        texts = [f"{text} ({at})" for at, text in said]
        return OfficialResult(state, texts, difference(messages, approved, ours, learned), said)

    def messages(self, sheet: Path, root: etree._Element) -> list[Message]:
        """What a stylesheet says of a document. Raises when it stops, also freshly compiled."""
        node = self._saxon.parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        known = sheet in self._compiled
        try:
            return self._transform(sheet, node)
        except _StoppedError:
            if not known:
                raise
            del self._compiled[sheet]
            return self._transform(sheet, node)

    def _transform(self, sheet: Path, node: Any) -> list[Message]:
        try:
            with _silent():
                if sheet not in self._compiled:
                    compiler = self._saxon.new_xslt30_processor()
                    self._compiled[sheet] = compiler.compile_stylesheet(stylesheet_file=str(sheet))
                output = self._compiled[sheet].transform_to_string(xdm_node=node) or ""
        except self._stopped:
            raise _StoppedError from None
        try:
            return read_messages(output)
        except UnknownFormError:
            raise _StoppedError from None

    def _texts(self, bundle: Bundle, version: str, layer: str) -> dict[str, str]:
        """Message -> our rule, as far as the stylesheet tells; more is learned while verdicts agree."""
        if (version, layer) not in self._learned:
            needed = [bundle.folder / name for name in bundle.hashes if name.startswith(f"{layer}/")]
            self._learned[version, layer] = known_messages([path.read_bytes() for path in needed], version, layer)
        return self._learned[version, layer]


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


def needed_judge(version: str, layer: str) -> Official:
    """The judge of a version that did not come with dod2oso: without its official files nothing of it is valid.

    Where they cannot run here (no saxonche, no stylesheet for this layer, one that does not work) every answer is
    `not-run`.
    """
    bundle = installed().get(version)
    works = bundle is not None and bundle.stylesheet(layer) is not None and bundle.trials.get(layer) == "works"
    try:
        return official_checker() if works else no_judge
    except CheckerError:
        return no_judge


def needed_judges(version: str) -> Official | None:
    """The same for every layer of a version at once; None for one that came with dod2oso, of which our rules judge."""
    if known_version(version).nearest is None:
        return None
    return lambda root, name, layer, ours: needed_judge(version, layer)(root, name, layer, ours)


def no_judge(_root: etree._Element, _version: str, _layer: str, _ours: Verdict) -> OfficialResult:
    """Stands where the official files cannot judge: it never approves."""
    return OfficialResult("not-run")


def judge_for(bundle: Bundle) -> Judge | None:
    """The stylesheets of a bundle as something to ask; None where saxonche is not installed.

    A stylesheet that did not work on a small dossier is not asked.
    """
    try:
        import saxonche
    except ImportError:
        return None
    checker = OfficialChecker(saxonche)

    def judge(root: etree._Element, layer: str) -> list[tuple[str, str]] | None:
        sheet = bundle.stylesheet(layer)
        if sheet is None or bundle.trials.get(layer) != "works":
            return None
        try:
            return [(message.at, message.text) for message in checker.messages(sheet, root)]
        except _StoppedError:
            return None

    return judge


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
