"""The verdict of the official stylesheets (XSLT 2.0, through saxonche): one per layer, compiled once per process.

A stylesheet that stops with an error, never ends, or answers in a form that is not known, gives no verdict: `crashed`.
"""

from functools import cache
from importlib.util import find_spec
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
from dod2oso.oso.official_process import EndlessError, StoppedError, Stylesheets
from dod2oso.oso.rules.document import value
from dod2oso.oso.verdict import Verdict
from dod2oso.oso.versions import version as known_version

_SHORT = 4  # shorter texts are no personal data that could be recognised


class OfficialChecker:
    """Judges documents with the bundles of the user; one per process."""

    def __init__(self) -> None:
        self._stylesheets = Stylesheets()
        self._bundles = installed()
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
        except StoppedError as error:
            endless = isinstance(error, EndlessError)
            return OfficialResult("crashed", [], difference(None, approved, ours, learned, endless=endless))
        hidden = _hider(root) if messages else str
        state = "failed" if messages or not approved else "passed"
        said = [(message.at, hidden(message.text)) for message in messages]
        texts = [f"{text} ({at})" for at, text in said]
        return OfficialResult(state, texts, difference(messages, approved, ours, learned), said)

    def close(self) -> None:
        """End the process that runs the stylesheets; the next document starts another."""
        self._stylesheets.close()

    def messages(self, sheet: Path, root: etree._Element) -> list[Message]:
        """What a stylesheet says of a document. Raises StoppedError."""
        output = self._stylesheets.transform(sheet, etree.tostring(root, encoding="unicode"))
        try:
            return read_messages(output)
        except UnknownFormError:
            raise StoppedError from None

    def _texts(self, bundle: Bundle, version: str, layer: str) -> dict[str, str]:
        """Message -> our rule, as far as the stylesheet tells; more is learned while verdicts agree."""
        if (version, layer) not in self._learned:
            needed = [bundle.folder / name for name in bundle.hashes if name.startswith(f"{layer}/")]
            self._learned[version, layer] = known_messages([path.read_bytes() for path in needed], version, layer)
        return self._learned[version, layer]


@cache
def official_checker() -> OfficialChecker:
    """The checker; CheckerError when saxonche or every bundle is absent."""
    if find_spec("saxonche") is None:
        raise CheckerError("saxonche-needed")
    if not installed():
        raise CheckerError("official-files-absent")
    return OfficialChecker()


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
    if find_spec("saxonche") is None:
        return None
    checker = OfficialChecker()

    def judge(root: etree._Element, layer: str) -> list[tuple[str, str]] | None:
        sheet = bundle.stylesheet(layer)
        if sheet is None or bundle.trials.get(layer) != "works":
            return None
        try:
            return [(message.at, message.text) for message in checker.messages(sheet, root)]
        except StoppedError:
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
