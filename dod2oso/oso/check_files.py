"""Checks files: any OSO dossier, of any version, with one dossier or many.

Every file gets a report, whatever is in it. A file that cannot be read, or that is no OSO dossier of a known
version, is reported as not checked; it never counts as valid.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from dod2oso.base import atrest
from dod2oso.base import xml as xmlsafe
from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.oso import attachments
from dod2oso.oso.attachments import AttachmentProblem
from dod2oso.oso.rules.document import Document, line_of, local_name, text_nodes
from dod2oso.oso.rules.model import RuleResult
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.verdict import Layer, Verdict, VerdictWord, check_document, verdict_word
from dod2oso.oso.versions import Version, version_of_namespace

MAX_BYTES = 500_000_000  # of one file; attachments of some dozens of MB are normal
_FAMILY = "http://www.edustandaard.nl/oso_gegevensset/"
_NOT_RUN = Verdict("not-checked", Layer("not-run"), RuleResult("not-run"))


@dataclass(frozen=True, slots=True)
class OfficialResult:
    """What the official bundle of a version says; `difference` when that is not what we say.

    said: (place, text) of every message, as in `messages`.
    """

    state: str
    messages: list[str] = field(default_factory=list)
    difference: Text | None = None
    said: list[tuple[str, str]] = field(default_factory=list)


# Runs the official rules: root, version, layer and our own verdict in, their verdict out.
Official = Callable[[etree._Element, str, str, Verdict], OfficialResult]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file was not checked, and the exit code that goes with it."""

    code: str
    text: Text
    exit_code: ExitCode = ExitCode.EXPORT_UNREADABLE


@dataclass(frozen=True, slots=True)
class FileReport:
    """All that is known about one file. `version` and `layer` are empty when it was not checked."""

    name: str
    version: str = ""
    layer: str = ""
    verdict: VerdictWord = "not-checked"
    checked: Verdict = _NOT_RUN
    attachments: list[AttachmentProblem] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    official: OfficialResult = OfficialResult("not-run")
    official_asked: bool = False
    problem: Problem | None = None
    lines: dict[str, int] = field(default_factory=dict)  # of the places that the rules name

    @property
    def exit_code(self) -> ExitCode:
        """The exit code this file asks for."""
        if self.problem is not None:
            return self.problem.exit_code
        if self.verdict == "valid":
            return ExitCode.DONE
        return ExitCode.FINDINGS if self.verdict == "invalid" else ExitCode.CHECKER_FAILED


class _UncheckableError(Exception):
    """This file cannot be checked; carries the problem."""

    def __init__(self, code: str, exit_code: ExitCode = ExitCode.EXPORT_UNREADABLE, **values: object) -> None:
        super().__init__(code)
        self.problem = Problem(code, Text(f"unchecked-{code}", **values), exit_code)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to check: files as they are, of folders every .xml file in them, in a fixed order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                found += [Path(folder) / name for name in sorted(names) if name.lower().endswith(".xml")]
        else:
            found.append(path)
    return found


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code of several files together: a failed checker weighs most, then an unreadable file."""
    order = (ExitCode.DONE, ExitCode.FINDINGS, ExitCode.EXPORT_UNREADABLE, ExitCode.CHECKER_FAILED)
    return max(codes, key=order.index, default=ExitCode.DONE)


def validate_file(path: Path, layer: str | None = None, official: Official | None = None) -> FileReport:
    """Check one file. `layer` (ov, swv) instead of the one that follows from the document itself."""
    name = str(path)
    try:
        data = _read(path)
        return validate_bytes(data, name, layer, official)
    except _UncheckableError as error:
        return FileReport(name, problem=error.problem)


def validate_bytes(data: bytes, name: str, layer: str | None = None, official: Official | None = None) -> FileReport:
    """Like `validate_file`, for the bytes of a file."""
    try:
        root = _parse(data)
        known = _version(root)
        document = Document(root)
        chosen = layer or layer_of(document, known)
        if chosen not in known.layers:
            raise _UncheckableError(
                "laag-bestaat-niet",
                version=known.name,
                layer=chosen,
                exit_code=ExitCode.CHECKER_FAILED,
            )
    except _UncheckableError as error:
        return FileReport(name, problem=error.problem)
    checked = check_document(document, known.name, chosen)
    if official is None and known.nearest is not None:
        from dod2oso.oso.official import needed_judge  # it builds on this module; saxonche is heavy, and an extra

        official = needed_judge(known.name, chosen)
    theirs = official(root, known.name, chosen, checked) if official else OfficialResult("not-run")
    states = [checked.schema.state, checked.rules.state, *([theirs.state] if official else [])]
    places = {fired.at for fired in (*checked.rules.fired, *checked.rules.advised)}
    return FileReport(
        name=name,
        version=known.name,
        layer=chosen,
        verdict=verdict_word(*states),
        checked=checked,
        attachments=list(attachments.inspect(document, known.name)),
        notes=list(_mixed(document, known)),
        official=theirs,
        official_asked=official is not None,
        lines=_lines(root, places),
    )


def layer_of(document: Document, version: Version) -> str:
    """`swv` when the document is for a samenwerkingsverband (overdrachtsoort, else overstap), otherwise `ov`."""
    if "swv" not in version.layers:
        return "ov"
    swv = [kind for kind in all_transfers() if kind.layer == "swv"]
    kinds = _texts(document, version, "overdrachtsoort")
    if kinds & {kind.overdrachtsoort for kind in all_transfers()}:
        return "swv" if kinds == {kind.overdrachtsoort for kind in swv} else "ov"
    transfers = _texts(document, version, "overstap")
    return "swv" if transfers and transfers <= {kind.overstap for kind in swv} else "ov"


def _texts(document: Document, version: Version, name: str) -> set[str | None]:
    """All texts in the elements with this name."""
    return {text for one in document.tagged[f"{{{version.namespace}}}{name}"] for text in text_nodes(one)}


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _UncheckableError(
                "te-groot",
                file=path.name,
                limit=MAX_BYTES // 1000000,
            )
        return atrest.read(path)
    except (OSError, atrest.NotAsWritten) as error:
        reason = type(error).__name__
        raise _UncheckableError(
            "niet-te-lezen",
            kind=reason,
        ) from None


def _parse(data: bytes) -> etree._Element:
    if not data.strip(b" \t\r\n\0"):
        raise _UncheckableError("leeg")
    if len(data) > xmlsafe.LARGE_TEXT and _mentions_doctype(data):
        raise _dtd()  # the parser guards small documents itself, but not those with very long texts
    try:
        root = xmlsafe.parse_bytes(data)
    except etree.XMLSyntaxError as error:
        if _mentions_doctype(data):
            raise _dtd() from None
        line = error.lineno or 1
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_DOCUMENT_END:
            raise _UncheckableError(
                "meer-dan-een-wortel",
                line=line,
            ) from None
        raise _UncheckableError(
            "geen-xml",
            line=line,
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _dtd()
    return root


def _mentions_doctype(data: bytes) -> bool:
    spelled = ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    return any("<!DOCTYPE".encode(encoding) in data for encoding in spelled) or b"utf-7" in data[:200].lower()


def _dtd() -> _UncheckableError:
    return _UncheckableError(
        "dtd",
    )


def _version(root: etree._Element) -> Version:
    namespace = etree.QName(root).namespace or ""
    known = version_of_namespace(namespace)
    if known is not None:
        return known
    if namespace.startswith(_FAMILY):
        raise _UncheckableError(
            "onbekende-versie",
        )
    raise _UncheckableError(
        "geen-oso",
    )


def _mixed(document: Document, version: Version) -> Iterator[Text]:
    """Do elements of another OSO version stand in this document? The rules cannot see those."""
    ours = f"{{{version.namespace}}}"
    others = {etree.QName(tag).namespace or "" for tag in document.tagged if not tag.startswith(ours)}
    for other in sorted(others):
        found = version_of_namespace(other)
        if found is not None:
            yield Text("mixed-versions", version=version.name, other=found.name)


def _lines(root: etree._Element, places: set[str]) -> dict[str, int]:
    """The line of each place (/dossier[1]/…); places that are no element are left out."""
    found: dict[str, etree._Element] = {f"/{local_name(root)}[1]": root}
    lines = {}
    for place in places:
        element = _element_at(place, found)
        if element is not None:
            lines[place] = line_of(element)
    return lines


def _element_at(place: str, known: dict[str, etree._Element]) -> etree._Element | None:
    steps = place.split("/")[1:]
    at, element = "", None
    for step in steps:
        parent, at = element, f"{at}/{step}"
        element = known.get(at)
        if element is None:
            if parent is None:
                return None
            counts: dict[str, int] = {}
            for child in parent.iterchildren("{*}*"):
                tag = str(child.tag)
                counts[tag] = counts.get(tag, 0) + 1
                known.setdefault(f"{at.rpartition('/')[0]}/{local_name(child)}[{counts[tag]}]", child)
            element = known.get(at)
            if element is None:
                return None
    return element
