"""The finding catalogue and the reasons for dropping, read from the YAML beside this module."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dod2oso.base.models import Strict, validate
from dod2oso.base.yaml import load
from dod2oso.findings.model import Severity

_HERE = Path(__file__).resolve().parent


class _Remedy(Strict):
    nl: str
    en: str


class _Finding(Strict):
    severity: Severity
    layer: str
    nl: str
    en: str
    remedy: _Remedy


class _Findings(Strict):
    findings: dict[str, _Finding]


class _Ground(Strict):
    nl: str
    en: str


class _Reason(Strict):
    nl: str
    en: str
    legal: bool
    ground: _Ground | None = None


class _Reasons(Strict):
    reasons: dict[str, _Reason]


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of finding, with its text and what to do about it."""

    code: str
    severity: Severity
    layer: str
    nl: str
    en: str
    remedy_nl: str
    remedy_en: str

    def text(self, lang: str) -> str:
        """What it says, in `nl` or `en`."""
        return self.en if lang == "en" else self.nl


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a source value is left behind on purpose; `legal`: the law or the transfer's profile forbids it."""

    nl: str
    en: str
    legal: bool
    ground: tuple[str, str] | None = None  # (nl, en) what a legal reason rests on

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.nl


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """All kinds of finding by code, in the order of the catalogue."""
    file = load(_HERE / "catalogue.yaml")
    model = validate(_Findings, file.data, file)
    return {
        code: Entry(code, item.severity, item.layer, item.nl, item.en, item.remedy.nl, item.remedy.en)
        for code, item in model.findings.items()
    }


@lru_cache(maxsize=1)
def reasons() -> dict[str, Reason]:
    """All reasons by key."""
    file = load(_HERE / "reasons.yaml")
    model = validate(_Reasons, file.data, file)
    return {
        key: Reason(item.nl, item.en, item.legal, (item.ground.nl, item.ground.en) if item.ground else None)
        for key, item in model.reasons.items()
    }


def entry(code: str) -> Entry:
    """The catalogue entry of a finding code."""
    return entries()[code]


def reason(key: str) -> Reason:
    """The text of a reason for dropping."""
    return reasons()[key]
