"""The verdict on one OSO document: schema and rules, both always, whatever the other says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from lxml import etree

from dod2oso.oso.rules.document import Document
from dod2oso.oso.rules.model import RuleResult
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.schema import schema
from dod2oso.oso.schema_errors import SchemaError, readable

LayerState = Literal["passed", "failed", "not-run", "crashed"]
VerdictWord = Literal["valid", "invalid", "not-checked", "failed"]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one checker says. `crashed`: it could not finish, so it says nothing about the document."""

    state: LayerState
    errors: list[SchemaError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """valid: schema and rules both passed. failed: a checker crashed, so nobody may call the document valid."""

    verdict: VerdictWord
    schema: Layer
    rules: RuleResult


def check(root: etree._Element, version: str, layer: str) -> Verdict:
    """Check the document of which `root` is the root against the schema and rules of one version and layer.

    `layer` is `ov` or `swv`. Raises UsageError when the version or the layer does not exist.
    """
    return check_document(Document(root), version, layer)


def check_document(document: Document, version: str, layer: str) -> Verdict:
    """Like `check`, for who looks at the same document for other things as well."""
    rules = ruleset(version, layer).evaluate_document(document)
    found = check_schema(document.root, version)
    return Verdict(verdict_word(found.state, rules.state), found, rules)


def check_schema(root: etree._Element, version: str) -> Layer:
    """Check the document against the schema of this version."""
    compiled = schema(version)
    try:
        if compiled.validate(root):
            return Layer("passed")
    except etree.XMLSchemaValidateError:
        return Layer("crashed")
    errors = list(readable(root, cast("Iterable[Any]", compiled.error_log)))
    return Layer("failed" if errors else "passed", errors)


def verdict_word(*states: str) -> VerdictWord:
    """The verdict that follows from the states of all checkers."""
    if "crashed" in states:
        return "failed"
    if "not-run" in states:
        return "not-checked"
    return "invalid" if "failed" in states else "valid"
