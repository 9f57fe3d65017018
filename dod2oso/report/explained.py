"""What a code means, wherever it was met: a finding, a reason to leave a value behind, or an OSO rule.

The same is behind `dod2oso explain`, the pages of the documentation and the links in report and JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dod2oso.base.errors import UsageError
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.texts import Text
from dod2oso.findings.catalogue import entries, reasons
from dod2oso.findings.pages import KINDS, Kind, page_of
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.rules.ruleset import TRANSFER_LAYERS, ruleset
from dod2oso.oso.versions import known_versions, version


@dataclass(frozen=True, slots=True)
class Wording:
    """What a rule says in some versions: most say the same in all of them."""

    versions: tuple[str, ...]
    layers: tuple[str, ...]
    message: str
    remedy: str
    note: str
    official: str  # the number of the official message; "" when it has none
    advised: bool
    law: str

    def lines(self, lang: str) -> Iterator[str]:
        """The same as sentences in that language."""
        yield f"{'; '.join(self.where(lang))}: {self.message}"
        yield _remedy(self.remedy, lang)
        if self.note and lang == "nl":  # of who wrote the rule down, in Dutch only; docs/regels.md has it
            yield Text("explain-note", note=self.note).text(lang)

    def where(self, lang: str) -> list[str]:
        """Versions and layers, the official number, the law, and whether it only advises."""
        held = [Text("explain-held", versions=", ".join(self.versions), layers=", ".join(self.layers))]
        held += [Text("explain-official", number=self.official)] if self.official else []
        held += [Text("explain-law", article=self.law)] if self.law else []
        held += [Text("explain-advised")] if self.advised else []
        return [each.text(lang) for each in held]


@dataclass(frozen=True, slots=True)
class Explained:
    """One code in one language. `severity` is "" for a reason; `wordings` only for a rule."""

    kind: Kind
    code: str
    severity: str
    text: str
    remedy: str
    ground: str = ""  # of a reason: what it rests on
    legal: bool = False
    wordings: tuple[Wording, ...] = ()

    def lines(self, lang: str) -> Iterator[str]:
        """The same as sentences in that language; the first says what kind of code it is."""
        severity = Text(f"explain-severity-{self.severity}") if self.severity else ""
        yield Text(f"explain-title-{self.kind}", severity=severity).text(lang)
        for part in self.wordings:
            yield from part.lines(lang)
        if not self.wordings:
            yield self.text
            if self.remedy:
                yield _remedy(self.remedy, lang)
        if self.ground:
            yield self.ground
        if self.legal:
            yield Text("explain-legal").text(lang)
        yield Text("explain-page", page=self.page).text(lang)

    @property
    def page(self) -> str:
        """Its page in the documentation, from where that begins."""
        return page_of(self.code, self.kind)


def _remedy(remedy: str, lang: str) -> str:
    return f"{Text('check-remedy').text(lang)}: {remedy}"


def explain_code(code: str, lang: str = "nl", within: tuple[str, str] | None = None) -> Explained:
    """What a finding code, a reason or the key of an OSO rule means, in nl or en. UsageError when nobody knows it.

    within: of a rule only what it says in this version of OSO and layer (ov or swv); else in all of them.

    >>> import dod2oso
    >>> dod2oso.explain_code("veld-onbekend", "en").severity
    'warning'
    """
    if code in entries():
        entry = entries()[code]
        remedy = entry.remedy_en if lang == "en" else entry.remedy_nl
        return Explained("finding", code, entry.severity, entry.text(lang), remedy)
    if code in reasons():
        reason = reasons()[code]
        ground = "" if reason.ground is None else reason.ground[lang == "en"]
        return Explained("reason", code, "", reason.text(lang), "", ground, reason.legal)
    held = _everywhere().get(code, []) if within is None else _in_one(code, *within)
    if held:
        wordings = tuple(_wordings(held, lang))
        first = wordings[0]
        severity = "warning" if all(each.advised for each in wordings) else "error"
        return Explained("rule", code, severity, first.message, first.remedy, wordings=wordings)
    raise UsageError("code-unknown", code=code, hint=did_you_mean(code, all_codes()))


def all_codes(kind: Kind | None = None) -> list[str]:
    """Every code there is, or those of one kind, each kind in its own order."""
    of: dict[Kind, list[str]] = {"finding": list(entries()), "reason": list(reasons()), "rule": list(_everywhere())}
    return of[kind] if kind is not None else [code for each in KINDS for code in of[each]]


@lru_cache(maxsize=1)
def _everywhere() -> dict[str, list[tuple[str, str, Rule]]]:
    """Key -> where it holds, newest version first: (version, layer of the dossier, rule)."""
    found: dict[str, list[tuple[str, str, Rule]]] = {}
    for name in reversed(known_versions()):
        for layer in TRANSFER_LAYERS:
            if layer in version(name).layers:
                for rule in ruleset(name, layer).rules:
                    found.setdefault(rule.key, []).append((name, layer, rule))
    return dict(sorted(found.items()))


def _in_one(code: str, version: str, layer: str) -> list[tuple[str, str, Rule]]:
    return [(version, layer, rule) for rule in ruleset(version, layer).rules if rule.key == code]


def _wordings(held: list[tuple[str, str, Rule]], lang: str) -> Iterator[Wording]:
    """The versions and layers of a rule, together where it says the same."""
    alike: dict[tuple[str, str, str, str, bool, str], list[tuple[str, str]]] = {}
    for name, layer, rule in held:
        said = (rule.message.text(lang), rule.remedy.text(lang), rule.note, rule.official or "", rule.advised)
        alike.setdefault((*said, rule.law or ""), []).append((name, layer))
    for (message, remedy, note, official, advised, law), where in alike.items():
        versions = tuple(dict.fromkeys(name for name, _layer in where))
        layers = tuple(layer for layer in TRANSFER_LAYERS if layer in {each for _name, each in where})
        yield Wording(versions, layers, message, remedy, note, official, advised, law)
