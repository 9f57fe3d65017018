"""Which profile fits an export: by its content, never by its name."""

from pathlib import Path
from typing import Any

from dod2oso.errors import ExportError
from dod2oso.legacy.profile import LoadedProfile
from dod2oso.legacy.walk import XML_SPACE
from dod2oso.legacy.xmlreader import read_head


def recognise(path: Path, profiles: tuple[LoadedProfile, ...]) -> LoadedProfile:
    """The one profile that matches the export.

    Raises ExportError when none does (the message names the root element, which is no personal data) or more than one.
    """
    root = read_head(path)
    found = [profile for profile in profiles if matches(root, profile)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(profile.name for profile in found)
        raise ExportError(
            "profiel-dubbelzinnig",
            f"Meer dan een bronprofiel past op deze export: {names}. Kies er een met --source-profile.",
            f"More than one source profile fits this export: {names}. Choose one with --source-profile.",
        )
    local = root.tag.rpartition("}")[2][:40]
    known = ", ".join(profile.name for profile in profiles)
    raise ExportError(
        "export-onbekend",
        f"Geen bronprofiel herkent deze export (hoofdelement '{local}'). Bekende profielen: {known}. "
        "Geef zelf een profiel met --source-profile NAAM of BESTAND.",
        f"No source profile recognises this export (root element '{local}'). Known profiles: {known}. "
        "Give a profile yourself with --source-profile NAME or FILE.",
    )


def matches(root: Any, profile: LoadedProfile) -> bool:
    """Whether all conditions of the profile's `match` hold for this root element."""
    match = profile.model.match
    namespace = f"{{{match.namespace}}}" if match.namespace else ""
    roots = (match.root, profile.model.records.rsplit("/", 1)[-1])[: 1 + profile.model.alone]
    if root.tag not in [namespace + name for name in roots]:
        return False
    return all(_value(root, path, namespace) in accepted for path, accepted in match.values.items())


def _value(root: Any, path: str, namespace: str) -> str | None:
    """The text at a path that starts with the root element; None when there is none."""
    steps = path.split("/")[1:]
    attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else None
    element = root
    for step in steps:
        element = element.find(namespace + step)
        if element is None:
            return None
    text = element.get(attribute) if attribute is not None else element.text
    return (text or "").strip(XML_SPACE) or None
