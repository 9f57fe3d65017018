"""What stands in a conformance package: index.json, which a programme reads, as models; made and read back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

import dod2oso
from dod2oso.base.errors import ConfigurationError
from dod2oso.base.models import Strict
from dod2oso.conformance.package import Case, Expected, Kind, Package
from dod2oso.oso.rules.ruleset import ruleset

INDEX = "index.json"


class Message(Strict):
    """A rule that a validator must name; `official`: the number in its message. advised: dod2oso alone says it."""

    rule: str
    official: str | None
    message: str
    advised: bool


class Limit(Strict):
    """What the schema objects to, at which place."""

    at: str
    message: str


class Entry(Strict):
    """One file: what it is, and what must be said of it. `unreadable`: why it is no dossier at all, "" when it is."""

    file: str
    sha256: str
    bytes: int
    version: str
    transfer: str
    layer: str
    kind: Kind
    about: str
    title: str
    expected: Expected
    rules: tuple[Message, ...]
    limits: tuple[Limit, ...]
    unreadable: str


class Lacking(Strict):
    """What no file shows, and why."""

    what: str
    reason: str


class Coverage(Strict):
    """So many of the whole, and what is not among them."""

    have: int
    whole: int
    missing: tuple[Lacking, ...]


class Index(Strict):
    """A whole package. covered: version -> elements, codes, rules, limits."""

    format: Literal[1]
    tool: str
    language: Literal["nl", "en"]
    covered: dict[str, dict[str, Coverage]]
    dossiers: tuple[Entry, ...]


def index_of(packages: Sequence[Package], lang: Literal["nl", "en"]) -> Index:
    """The index of these packages, with texts in one language."""
    covered = {
        made.version: {
            name: Coverage(
                have=share.have, whole=share.whole,
                missing=tuple(Lacking(what=each.what, reason=each.reason.text(lang)) for each in share.missing),
            )
            for name, share in made.covered.items()
        }
        for made in packages
    }  # fmt: skip
    entries = tuple(_entry(case, lang) for made in packages for case in made.cases)
    return Index(format=1, tool=dod2oso.__version__, language=lang, covered=covered, dossiers=entries)


def read_index(folder: Path) -> Index:
    """The index of the package in a folder; ConfigurationError when there is none, or it is not as we wrote it."""
    path = folder / INDEX
    try:
        return Index.model_validate_json(path.read_bytes())
    except OSError:
        raise ConfigurationError("conformance-no-package", folder=folder.name, file=INDEX) from None
    except ValidationError:
        raise ConfigurationError("conformance-index-damaged", file=INDEX) from None


def as_json(index: Index) -> bytes:
    """The bytes of index.json."""
    return index.model_dump_json(indent=1).encode() + b"\n"


def _entry(case: Case, lang: Literal["nl", "en"]) -> Entry:
    problem = case.report.problem
    return Entry(
        file=case.file, sha256=case.sha256, bytes=len(case.data), version=case.version, transfer=case.transfer,
        layer=case.layer, kind=case.kind, about=case.about, title=case.title(lang), expected=case.expected,
        rules=tuple(_messages(case, lang)),
        limits=tuple(Limit(at=each.path, message=each.text(lang)) for each in case.report.checked.schema.errors),
        unreadable=problem.text.text(lang) if problem is not None else "",
    )  # fmt: skip


def _messages(case: Case, lang: str) -> Iterator[Message]:
    if not case.layer:
        return
    known = ruleset(case.version, case.layer)
    for keys, advised in ((case.rules, False), (case.advised, True)):
        for key in keys:
            official = known.rule(key).official
            yield Message(rule=key, official=official, message=known.message(key, lang), advised=advised)
