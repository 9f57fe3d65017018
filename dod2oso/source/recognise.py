"""Which profile fits an XML export: by its content, never by its name."""

from collections.abc import Sequence
from typing import Any

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.oddtext import BLANK
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.wrapping import within


def ambiguous(found: Sequence[LoadedProfile]) -> ExportError:
    """More than one profile fits."""
    names = ", ".join(profile.name for profile in found)
    return ExportError("profiel-dubbelzinnig", names=names)


def unknown(layout: Text, profiles: Sequence[LoadedProfile]) -> ExportError:
    """No profile fits an export that looks like this."""
    known = ", ".join(profile.name for profile in profiles)
    return ExportError("export-onbekend", layout=layout, known=known)


def matches(root: Any, profile: LoadedProfile) -> bool:
    """Whether all conditions of the profile's `match` hold for this root element, or for what it only stands around."""
    match = profile.model.match
    namespace = f"{{{match.namespace}}}" if match.namespace else ""
    if match.root is None:
        return False
    root = within(root, [namespace + name for name in match.within])
    roots = (match.root, profile.model.records.rsplit("/", 1)[-1])[: 1 + profile.model.alone]
    if root.tag not in [namespace + name for name in roots]:
        return False
    if any(_element(root, path.split("/")[1:], namespace) is None for path in match.has):
        return False
    return all(_value(root, path, namespace) in accepted for path, accepted in match.values.items())


def _value(root: Any, path: str, namespace: str) -> str | None:
    """The text at a path that starts with the root element; None when there is none."""
    steps = path.split("/")[1:]
    attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else None
    element = _element(root, steps, namespace)
    if element is None:
        return None
    text = element.get(attribute) if attribute is not None else element.text
    return (text or "").strip(BLANK) or None


def _element(root: Any, steps: Sequence[str], namespace: str) -> Any:
    """The first element at these steps below the root; None when there is none."""
    return root.find("/".join(namespace + step for step in steps)) if steps else root
