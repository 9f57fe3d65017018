"""The rules of one version as text: the section files, with what they borrow from each other worked out."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypeVar

from dod2oso.base import yaml as yamlfile
from dod2oso.base.models import Strict, fail, validate
from dod2oso.base.resources import mappings_dir
from dod2oso.base.yaml import KeyPath, YamlFile
from dod2oso.oso.rules.declared import Ranged, RuleText, Section, SectionFile, pick
from dod2oso.oso.rules.model import Texts
from dod2oso.oso.versions import in_range

M = TypeVar("M", bound=Strict)

SECTION_FILES = ("gegevensset", "overstap", "samenwerkingsverband")


class Draft(NamedTuple):
    """A rule whose place and expression are still text; `file` and `where` tell where it is declared."""

    file: YamlFile
    where: KeyPath
    key: str
    layer: str
    at: str
    condition: str
    fires: str
    message: Texts
    remedy: Texts
    official: str | None = None
    note: str = ""
    advised: bool = False
    law: str | None = None


@cache
def load(name: str, model: type[M]) -> tuple[YamlFile, M]:
    """One file of mappings/oso/rules; ConfigurationError with file and line when it is wrong."""
    file = yamlfile.load(mappings_dir() / "oso" / "rules" / f"{name}.yaml")
    return file, validate(model, file.data, file)


def from_sections(name: str, version: str) -> Iterator[Draft]:
    """The rules of one section file that exist in this version, in the order of the file."""
    file, declared = load(name, SectionFile)
    if not declared.covers(version):
        return
    for number, section in enumerate(declared.sections):
        at = pick(section.at, version)
        if at is None or not section.covers(version):
            continue
        for key, rule in section.rules.items():
            where = ("sections", number, "rules", key)
            fires = pick(rule.fires, version)
            if fires is None or not rule.covers(version):
                continue
            message, remedy = _texts(file, where, rule)
            yield Draft(
                file=file,
                where=where,
                key=key,
                layer=declared.layer,
                at=at,
                condition=section.if_ or "",
                fires=fires,
                message=message,
                remedy=remedy,
                official=_official(rule, section, version),
                note=rule.note,
                advised=section.advised is not None and in_range(version, section.advised),
                law=rule.law,
            )


def _official(rule: RuleText, section: Section, version: str) -> str | None:
    number: Ranged | None = rule.official or section.official
    return None if number is None else pick(number, version)


def _texts(file: YamlFile, where: KeyPath, rule: RuleText) -> tuple[Texts, Texts]:
    source = rule if rule.like is None else _all_rules().get(rule.like)
    if source is None or source.nl is None or source.en is None or source.remedy is None:
        raise fail(file, where, "rule-texts-absent")
    return Texts(source.nl, source.en), Texts(source.remedy.nl, source.remedy.en)


@cache
def _all_rules() -> dict[str, RuleText]:
    files = [load(name, SectionFile)[1] for name in SECTION_FILES]
    return {key: rule for file in files for section in file.sections for key, rule in section.rules.items()}
