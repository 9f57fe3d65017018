"""An unknown layout as the page shows it: the draft with what people chose, and what a profile of it would give."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.errors import Dod2osoError
from dod2oso.base.texts import Text
from dod2oso.desk.answers import NotHere
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.look import exports_of, tables_beside
from dod2oso.discover.propose.chosen import Edited, with_choices
from dod2oso.discover.propose.draft import Draft, make_draft
from dod2oso.discover.propose.draft_text import draft_text
from dod2oso.discover.propose.together import survey_to_draft
from dod2oso.discover.survey.check import all_bindings, check_profile
from dod2oso.discover.survey.encoding import encoding_of
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.preview import Preview, look_ahead
from dod2oso.discover.survey.scan import Scan, candidate_of
from dod2oso.project.layouts import LayoutChoices
from dod2oso.source.container.member import FoundExport
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import FOLDER
from dod2oso.source.profile import profile_of_text


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a look at an export gave: a draft, or why there is none. `encoding`: that of its text, when it misleads."""

    found: FoundExport | None = None
    survey: Survey | None = None
    draft: Draft | None = None
    encoding: str | None = None
    problem: Text | None = None


class Told(NamedTuple):
    """A remark on the profile: `place` is the row it is about, "" when it is about the whole."""

    place: str
    error: bool
    text: Text


class Tried(NamedTuple):
    """What a profile would give on the export."""

    told: Sequence[Told]
    preview: Preview | None


@dataclass(slots=True)
class LayoutAt:
    """An export of an unknown layout, with what people chose about it."""

    name: str  # of the export, as the project calls it
    drafted: Drafted
    store: LayoutChoices
    choices: dict[str, dict[str, str]]
    edited: Edited

    @property
    def profile_name(self) -> str:
        """How its profile is called: as it was typed or saved, else by what tells the layout from others."""
        saved, typed = self.store.profile, self.choices.get("", {}).get("name", "")
        return typed or (saved.stem if saved is not None else f"indeling-{self.store.id}")

    @property
    def describes(self) -> str:
        return self.choices.get("", {}).get("describes", "")

    def text(self, lang: str) -> str:
        """The profile as it would be saved now."""
        said = self.describes or Text("layout-describes").text(lang)
        return draft_text(
            self.edited.draft, self.profile_name, lang, encoding=self.drafted.encoding, describes=said
        )  # fmt: skip


def layout_at(desk: Desk, at: At, name: str) -> LayoutAt | Text | None:
    """The export of this name in addresses; a text that says why there is no draft; None as long as it is looked at.

    NotHere when there is no such export.
    """
    file, _, number = name.partition("-")
    inbox = at.project.inbox()
    known = {hashed(each): each for each in inbox.seen}
    if file not in known or not (number.isascii() and number.isdigit()):
        raise NotHere
    path, pins = at.project.home / known[file], tuple(desk.pins(at.id))
    stamp = (tuple(inbox.seen[known[file]]), len(pins), tables_beside(path))
    drafted = desk.beside.of(
        ("draft", path, number), stamp, partial(_draft, path, int(number), pins, desk.beside.check)
    )
    if drafted is None:
        return None
    if drafted.draft is None:
        return drafted.problem or Text("profile-no-pupils")
    store = LayoutChoices(at.project.home, _layout_id(drafted.draft))
    choices = store.read()
    return LayoutAt(known[file].partition("/")[2], drafted, store, choices, with_choices(drafted.draft, choices))


def tried(desk: Desk, at: At, layout: LayoutAt, lang: str) -> Tried | None:
    """What the profile would give; None as long as that is looked at."""
    text = layout.text(lang)
    version = at.project.version(at.transfer)
    work = partial(_try, layout.drafted, text, layout.profile_name, at.project.home / FOLDER, version, at.transfer)
    return desk.beside.of(("try", at.out, layout.store.id), (text, version, id(layout.drafted)), work)


def hashed(name: str) -> str:
    """How a file is called in an address: a name from outside never leads to a file."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def row_id(place: str) -> str:
    """How a place of a layout is called in an address."""
    return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:12]


def _draft(path: Path, number: int, pins: Sequence[str], watch: Callable[[int], None]) -> Drafted:
    """Survey an export and draft a profile; what is wrong with it stands in the answer."""
    problems: list[Dod2osoError] = []
    try:
        with reading():
            exports = exports_of(path, Pins(pins))
    except Dod2osoError as error:
        return Drafted(problem=error.message)
    if number >= len(exports):
        return Drafted(problem=Text("profile-no-pupils"))
    found, made = exports[number], Drafted()
    with guarded(problems.append), reading(), OpenExport(found) as opened:
        encoding = encoding_of(opened.texts) if opened.texts else None
        survey = survey_to_draft(opened, watch)
        wrong = encoding.probably if encoding is not None and not encoding.decodes else None
        made = Drafted(found, survey, make_draft(survey), wrong)
    return Drafted(problem=problems[0].message) if problems else made


def _layout_id(draft: Draft) -> str:
    """What tells a layout from others: of tables their columns, of a document its root and where pupils stand."""
    survey = draft.survey
    said: list[object] = [survey.format, survey.root.name, survey.namespace, draft.layout.path]
    if survey.tables:
        said = [survey.format, sorted([name, sorted(table.children)] for name, table in survey.root.children.items())]
    return hashlib.sha256(json.dumps(said).encode("utf-8", "replace")).hexdigest()[:8]


def _try(drafted: Drafted, text: str, name: str, folder: Path, version: str, transfer: str) -> Tried:
    found, survey = drafted.found, drafted.survey
    if found is None or survey is None:
        return Tried([], None)
    try:
        profile = profile_of_text(text, f"{name}.yaml", folder)
        scan = Scan(found, survey=survey)
        with reading(), OpenExport(found) as opened:
            scan.candidates.append(candidate_of(opened, profile, survey))
        lines = {profile.file.line(one.keys): one.path for one in all_bindings(profile.model)}
        told = [
            Told(str(one.text.values.get("path") or lines.get(one.line, "")), one.error, one.text)
            for one in check_profile(profile, load_dictionary(), scan)
        ]
        return Tried(told, look_ahead(found, profile, version, transfer))
    except Dod2osoError as error:
        return Tried([Told("", True, error.message)], None)
