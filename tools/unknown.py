"""The sample of an unknown layout; `python -m tools.unknown samples/onbekend` writes its export.

The layout is that of the profile `antwoord.yaml` beside it; docs/eigen-profiel.md walks from the export to it.
"""

import sys
from pathlib import Path

from dod2oso.generate.export import header, pupils_of
from dod2oso.generate.layout import layout_of
from dod2oso.generate.school import School
from dod2oso.source.profile import load_profile

ANSWER, EXPORT = "antwoord.yaml", "uitwisseling.xml"
_SEED, _FIRST, _PUPILS = 31, 300, 24


def unknown_export(profile: Path) -> str:
    """The text of the export in the layout of the profile, with one element more than the profile reads."""
    layout = layout_of(load_profile(profile).model)
    school = School("99XF", name="Basisschool Onbekend")
    head, tail = layout.frame(header(school, layout))
    head = head.replace("  <Voorblad>\n", "  <Voorblad>\n    <Wachtrij>B12</Wachtrij>\n", 1)
    pupils = pupils_of(school, "dod-referentie", _PUPILS, _SEED, _FIRST, typical=True)
    return head + "".join(layout.record(pupil) for pupil in pupils) + tail


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / EXPORT).write_text(unknown_export(folder / ANSWER), encoding="utf-8", newline="\n")
