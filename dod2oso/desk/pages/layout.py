"""Unknown layout: what is in an export that no profile fits, what each place may be, and a profile that reads it."""

from collections.abc import Iterator, Mapping
from time import sleep
from typing import Any, NamedTuple

from dod2oso.base.brin import brin_of
from dod2oso.base.clock import stopwatch
from dod2oso.base.errors import TryLaterError, UsageError
from dod2oso.base.texts import Text
from dod2oso.desk.answers import Answer, Ask, Go, NotHere, Page, Route
from dod2oso.desk.desk import At
from dod2oso.desk.layouts import LayoutAt, Told, Tried, layout_at, row_id, tried
from dod2oso.discover.propose.align import Group, Proposal
from dod2oso.discover.propose.chosen import (
    CODE,
    CONSTANT,
    FIELD,
    NONE,
    NOTATION,
    SECTION,
    UNREAD,
    Row,
    fields_by_name,
    with_choices,
)
from dod2oso.discover.propose.draft import NOWHERE, ambiguous_notations, codes_of, meanings_of, split_rules
from dod2oso.discover.propose.draft_text import sureness, values_shapes
from dod2oso.discover.propose.lookup import look_up, why
from dod2oso.discover.propose.scopes import Field
from dod2oso.discover.survey.facts import typical_kinds
from dod2oso.findings.catalogue import reasons
from dod2oso.project.layouts import Given, What
from dod2oso.source.codes import code_table
from dod2oso.source.opening import OpenExport
from dod2oso.source.own_profiles import known_profiles
from dod2oso.source.profile import profile_of_text
from dod2oso.source.splitters import RULES

_HERE = "/p/{project}/{transfer}/layout/{export}"
# reasons that a person can have to leave a place unread; the others follow from rules
REASONS = ("techniek", "geen-leerlinggegeven", "geen-plaats", "sleutel")
_BRIN = "school.brin"
_PATIENCE, _PAUSE = 60.0, 0.1  # seconds for which a change waits for the look at its file, and between two looks


class Entry(NamedTuple):
    """A place on the page: what is read there and how sure that is, and what is wrong with it."""

    row: Row
    name: str
    looks: Text
    proposal: Proposal | None
    sure: Text | None
    why: list[Text]
    told: list[Told]
    lost: Text | None  # what becomes of its values, when of some nothing can


class Part(NamedTuple):
    """Places that belong together: a part of the dictionary, and whose it is."""

    name: str
    title: str
    group: Group
    sections: list[str]  # what its items may be instead
    constants: list[tuple[str, str, tuple[str, ...]]]  # field, what it is now, what it can be
    entries: list[Entry]


class Option(NamedTuple):
    """Something to choose: what is kept, the field, and of which item it then is (None: a new one, "": of no item)."""

    value: str
    field: Field
    item: str | None


class Notation(NamedTuple):
    """A way to read values: what is kept, and in words what it makes of them."""

    value: str
    said: Text | str


# --- the table ----------------------------------------------------------------------------------------------------


def _page(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    layout = layout_at(ask.desk, at, ask.path["export"])
    return _table(ask, at, layout) if isinstance(layout, LayoutAt) else _wait(at, _url(ask, at), layout)


def _wait(at: At, here: str, problem: Text | None) -> Page:
    """The export is not looked at yet (a server that began anew must do that again), or cannot be drafted."""
    return Page("layout-wait.html.j2", Text("desk-layout-title"), {"url": at.url, "here": here, "problem": problem})


def _table(ask: Ask, at: At, layout: LayoutAt, problem: Text | None = None) -> Page:
    trial = tried(ask.desk, at, layout, ask.desk.lang)
    told = list(trial.told) if trial is not None else []
    seen = {one.name: one.loss for one in trial.preview.fields if one.refused} if trial and trial.preview else {}
    parts = _parts(layout, told, seen)
    places = {row.place for row in layout.edited.rows}
    own = layout.choices.get("", {})
    rows = [entry.row for part in parts for entry in part.entries]
    bound = {
        entry.proposal.field.name for part in parts for entry in part.entries if entry.row.bound and entry.proposal
    }
    first = next((row for row in rows if row.open), None)
    saved = layout.store.profile
    return Page(
        "layout.html.j2",
        Text("desk-layout-title"),
        {
            "url": at.url, "here": _url(ask, at), "layout": layout, "parts": parts, "row_id": row_id,
            "open": sum(row.open for row in rows), "total": len(rows), "trial": trial, "problem": problem,
            "first": f"{_url(ask, at)}/row/{row_id(first.place)}" if first is not None else "",
            "told": [one for one in told if one.place not in places and not _about_a_row(one, places)],
            "name": layout.profile_name, "described": own.get("describes", ""), "named": own.get("name", ""),
            "brin": own.get(CONSTANT + _BRIN, ""), "asks_brin": _BRIN not in bound, "none": NONE,
            "saved": saved is not None and saved.is_file() and saved.read_text("utf-8") == layout.text(ask.desk.lang),
        },
        409 if problem is not None else 200,
    )  # fmt: skip


def _about_a_row(one: Told, places: set[str]) -> bool:
    return any(place.endswith(f"/{one.place}") for place in places) if one.place else False


def _parts(layout: LayoutAt, told: list[Told], lost: Mapping[str, Text]) -> list[Part]:
    edited = layout.edited
    homes = {id(p): group for group, _parent in edited.groups.values() for p in (*group.proposals, *group.unsure)}
    entries: dict[int, list[Entry]] = {}
    for row in edited.rows:
        proposal = row.bound or row.doubt
        home = homes.get(id(proposal), row.group) if proposal is not None else row.group
        mine = [one for one in told if one.place == row.place]
        entries.setdefault(id(home), []).append(_entry(row, proposal, home, mine, lost))
    found = []
    for name, (group, parent) in edited.groups.items():
        mine_ = entries.get(id(group), [])
        if mine_:
            sections = [one.name for one in parent.section.lists] if parent is not None else []
            found.append(Part(name, _title(group, parent), group, sections, _constants(group, parent), mine_))
    return found


def _entry(row: Row, proposal: Proposal | None, home: Group, told: list[Told], lost: Mapping[str, Text]) -> Entry:
    sure = None
    if proposal is not None and row.bound is not None:
        word = "chosen" if proposal.chosen else sureness(proposal.confidence)
        sure = Text(f"draft-{word}")
    reasons_ = list(why(proposal, home)) if proposal is not None and not proposal.chosen else []
    return Entry(
        row,
        row.place.rpartition("/")[2].lstrip("@"),
        _looks(row),
        proposal,
        sure,
        reasons_,
        told,
        lost.get(proposal.field.name) if proposal is not None and row.bound is not None else None,
    )


def _looks(row: Row) -> Text:
    """What the values of a place look like, in words where there are words for it, else as shapes."""
    values = row.leaf.values
    kinds = typical_kinds(values)
    more = "" if values.exact else ">"
    seen: Text | str = Text(f"kind-{kinds[0]}") if kinds else values_shapes(values)
    return Text("draft-looks", seen=seen, count=values.count, different=f"{more}{values.distinct}")


def _title(group: Group, parent: Group | None) -> str:
    if group.section is NOWHERE:
        return group.at
    said = group.section.name.removesuffix("[]").replace("[].", " / ")
    whose = list(group.constants.values()) or ([group.marker] if group.marker else [])
    return said if not whose or parent is None else f"{said} ({', '.join(whose)})"


def _constants(group: Group, parent: Group | None) -> list[tuple[str, str, tuple[str, ...]]]:
    """What can be said of every item of a group, because no place says it."""
    if parent is None:
        return []
    bound = {one.field.leaf for one in group.proposals}
    return [
        (one.leaf, group.constants.get(one.leaf, ""), meanings)
        for one in group.section.fields
        if one.leaf not in bound
        and "." not in one.leaf
        and one.meaning.type == "code"
        and (meanings := meanings_of(one))
    ]


def _url(ask: Ask, at: At) -> str:
    return f"{at.url}/layout/{ask.path['export']}"


def _found(ask: Ask, at: At) -> LayoutAt:
    """For a change: what was typed waits until the export is looked at. TryLaterError when that takes too long."""
    began = stopwatch()
    while (layout := layout_at(ask.desk, at, ask.path["export"])) is None:
        if stopwatch() - began > _PATIENCE:
            raise TryLaterError("desk-layout-busy")
        sleep(_PAUSE)
    if not isinstance(layout, LayoutAt):
        raise NotHere
    return layout


# --- what holds for all of it -------------------------------------------------------------------------------------


def _whole(ask: Ask) -> Answer:
    """The name, what it is, and the school when the export says none."""
    at = ask.desk.at(ask)
    layout = _found(ask, at)
    given = {What("", key): (ask.field(f"w:{key}"), " ".join(ask.field(f"v:{key}").split())) for key in _OF_ALL}
    brin = given[What("", CONSTANT + _BRIN)][1]
    if brin and brin_of(brin) != brin.upper():
        return _table(ask, at, layout, Text("desk-layout-brin-wrong"))
    given[What("", CONSTANT + _BRIN)] = (given[What("", CONSTANT + _BRIN)][0], brin.upper())
    return _saved(ask, at, layout, given, f"{_url(ask, at)}#bewaren")


_OF_ALL = ("name", "describes", CONSTANT + _BRIN)


def _group(ask: Ask) -> Answer:
    """What the items of a group are, and what is the same for each of them."""
    at = ask.desk.at(ask)
    layout = _found(ask, at)
    name = ask.field("group")
    part = next((one for one in _parts(layout, [], {}) if one.name == name), None)
    if part is None:
        raise NotHere
    allowed: dict[str, tuple[str, ...]] = {SECTION: ("", NONE, *part.sections)}
    allowed |= {CONSTANT + key: ("", NONE, *meanings) for key, _now, meanings in part.constants}
    given = {}
    for key, can in allowed.items():
        if f"v:{key}" in ask.form:
            if ask.field(f"v:{key}") not in can:
                raise NotHere
            given[What(name, key)] = (ask.field(f"w:{key}"), ask.field(f"v:{key}"))
    return _saved(ask, at, layout, given, _url(ask, at))


def _saved(ask: Ask, at: At, layout: LayoutAt, given: Given, where: str) -> Answer:
    saved = layout.store.save(given)
    if all(one.ours for one in saved.values()):
        ask.desk.say(Text("desk-layout-kept"))
        return Go(where)
    return _table(ask, at, _found(ask, at), _otherwise(saved))


def _otherwise(saved: Mapping[What, Any]) -> Text:
    other = next(one.value for one in saved.values() if not one.ours)
    return Text("desk-layout-other", value=other or "-")


# --- one place ----------------------------------------------------------------------------------------------------


def _row(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    layout = layout_at(ask.desk, at, ask.path["export"])
    if not isinstance(layout, LayoutAt):
        return _wait(at, f"{_url(ask, at)}/row/{ask.path['row']}", layout)
    return _row_page(ask, at, layout, _one(ask, layout))


def _one(ask: Ask, layout: LayoutAt) -> Row:
    row = next((one for one in layout.edited.rows if row_id(one.place) == ask.path["row"]), None)
    if row is None:
        raise NotHere
    return row


def _row_page(ask: Ask, at: At, layout: LayoutAt, row: Row, problem: Text | None = None) -> Page:
    choices = layout.choices.get(row.place, {})
    proposal = row.bound or row.doubt
    query = ask.query.get("q", "")
    found, elsewhere = _search(layout, row, query)
    rows = layout.edited.rows
    here = next(number for number, one in enumerate(rows) if one is row)
    following = rows[here + 1] if here + 1 < len(rows) else None
    trial = tried(ask.desk, at, layout, ask.desk.lang)
    mine = [one for one in (trial.told if trial is not None else ()) if one.place == row.place]
    chosen, notation = choices.get(FIELD, ""), choices.get(NOTATION, "")
    draft = layout.drafted.draft
    untouched = with_choices(draft, {}).row(row.place) if draft is not None else None
    suggested = (untouched.bound or untouched.doubt) if untouched is not None else None
    offered = _offered(layout, row, untouched)
    listed = {one.value for one in offered}
    current = [] if chosen in listed or chosen.startswith((UNREAD, NONE)) else _current(chosen)
    return Page(
        "layout-row.html.j2",
        Text("desk-layout-row-title"),
        {
            "url": at.url, "here": f"{_url(ask, at)}/row/{row_id(row.place)}", "up": _url(ask, at), "row": row,
            "name": row.place.rpartition("/")[2].lstrip("@"), "looks": _looks(row), "proposal": proposal,
            "suggested": suggested, "chosen": chosen, "offered": [*current, *offered],
            "found": [one for one in found if one.value not in listed and one not in current], "query": query,
            "elsewhere": elsewhere, "searched": bool(query.strip()), "problem": problem, "told": mine,
            "reasons": [(key, reasons()[key]) for key in REASONS], "none": NONE, "unread": UNREAD,
            "notations": _notations(row, proposal, notation), "notation": notation, "says": _says(row, proposal),
            "meanings": meanings_of(proposal.field) if proposal is not None else (), "choices": choices, "code": CODE,
            "must": proposal is not None and bool(ambiguous_notations(proposal)) and row.bound is None,
            "number": here + 1, "total": len(rows), "more": following is not None,
        },
        409 if problem is not None else 200,
    )  # fmt: skip


def _offered(layout: LayoutAt, row: Row, untouched: Row | None) -> list[Option]:
    """Fields that come near, without a search: the other likely one, and those that the place is most like."""
    if untouched is None:
        return []
    proposal = untouched.bound or untouched.doubt
    near = [proposal.runner_up] if proposal is not None and proposal.runner_up is not None else []
    if untouched.bound is None and untouched.doubt is not None:
        near.insert(0, untouched.doubt.field)
    near += untouched.leaf.nearest
    names = dict.fromkeys(one.name for one in near)
    return [option for name in names for option in _options(layout, row, name)]


def _current(chosen: str) -> list[Option]:
    name, _at, where = chosen.partition("@")
    if not name or name not in fields_by_name():
        return []
    return [Option(chosen, fields_by_name()[name][0], where or "")]


def _search(layout: LayoutAt, row: Row, query: str) -> tuple[list[Option], int]:
    """What a search finds that can be read here, and how many fields it found that cannot."""
    fields = look_up(query) if query.strip() else []
    found = [_options(layout, row, one.name) for one in fields]
    return [option for options in found for option in options], sum(not options for options in found)


def _options(layout: LayoutAt, row: Row, name: str) -> Iterator[Option]:
    one, section = fields_by_name()[name]
    for value, item in layout.edited.targets(row, one, section):
        if "@" not in value:
            yield Option(value, one, "")
        else:
            yield Option(value, one, None if item is None else _title(item, item))


def _notations(row: Row, proposal: Proposal | None, kept: str) -> list[Notation]:
    """The ways in which the values of a place can be read as its field, and the one that was chosen."""
    if proposal is None:
        return []
    values, looks_like = row.leaf.values, proposal.field.meaning.looks_like
    found = [
        Notation(style, Text("desk-layout-dates", style=style, share=round(100 * values.written(style))))
        for style in dict.fromkeys((*proposal.styles, *values.date_styles, *sorted(values.styles)))
        if proposal.field.meaning.type == "date"
    ]
    if proposal.field.meaning.type == "code" and looks_like is not None:
        codes = values.codes()
        for name in looks_like.codes:
            entries = code_table(name).entries
            known = [code for code in sorted(proposal.texts) if code in entries]
            if not known and name != kept:
                continue
            said = "; ".join(f"{code} = {entries[code]}" for code in known if code in codes)
            found.append(
                Notation(name, Text("desk-layout-codes", name=name, known=len(known), said=f": {said}" if said else ""))
            )
    for name in split_rules(proposal.field):
        parts = ", ".join(RULES[name].parts)
        found.append(Notation(name, Text("desk-layout-split", parts=parts, example=RULES[name].example)))
    return found


def _says(row: Row, proposal: Proposal | None) -> list[tuple[str, str]]:
    """The codes of a place that are nobody's, with what each means as it is read now ("" when nothing is known)."""
    if proposal is None or not meanings_of(proposal.field):
        return []
    name = codes_of(proposal)
    entries = code_table(name).entries if name is not None and not name.startswith("codes-") else {}
    return [(code, entries.get(code, "")) for code in row.leaf.values.codes()]


def _save_row(ask: Ask) -> Answer:
    """Keep what was chosen for one place; another field begins without the notation of the one before."""
    at = ask.desk.at(ask)
    layout = _found(ask, at)
    row = _one(ask, layout)
    before = layout.choices.get(row.place, {})
    given: dict[What, tuple[str, str]] = {}
    if f"v:{FIELD}" in ask.form:
        wanted = ask.field(f"v:{FIELD}")
        wanted = f"{UNREAD}{ask.field('reason')}" if wanted == UNREAD else wanted
        if wanted.startswith(UNREAD) and wanted[1:] not in REASONS:
            return _row_page(ask, at, layout, row, Text("desk-layout-reason"))
        name = wanted.partition("@")[0]
        if wanted not in ("", NONE) and not wanted.startswith(UNREAD) and name not in fields_by_name():
            raise NotHere
        given[What(row.place, FIELD)] = (ask.field(f"w:{FIELD}"), wanted)
    changed = any(before.get(FIELD, "") != wanted for _was, wanted in given.values())
    for key in [one[2:] for one in ask.form if one.startswith("v:") and one != f"v:{FIELD}"]:
        if key == NOTATION or (key.startswith(CODE) and key.removeprefix(CODE) in row.leaf.values.codes()):
            given[What(row.place, key)] = (ask.field(f"w:{key}"), "" if changed else ask.field(f"v:{key}"))
    if changed:
        given |= {What(row.place, key): (text, "") for key, text in before.items() if key != FIELD}
    saved = layout.store.save(given)
    layout = _found(ask, at)
    row = _one(ask, layout)
    if not all(one.ours for one in saved.values()):
        return _row_page(ask, at, layout, row, _otherwise(saved))
    ask.desk.say(Text("desk-layout-kept"))
    if row.wrong is not None or (changed and row.bound is None and row.doubt is not None):
        return Go(f"{_url(ask, at)}/row/{row_id(row.place)}")
    if ask.field("next"):
        rows = layout.edited.rows
        here = next(number for number, one in enumerate(rows) if one is row)
        later = next((one for one in rows[here + 1 :] if one.open), next((one for one in rows if one.open), None))
        if later is not None:
            return Go(f"{_url(ask, at)}/row/{row_id(later.place)}")
    return Go(f"{_url(ask, at)}#r-{row_id(row.place)}")


# --- what it gives, and the profile -------------------------------------------------------------------------------


def _preview(ask: Ask) -> Answer:
    at = ask.desk.at(ask)
    layout = layout_at(ask.desk, at, ask.path["export"])
    if not isinstance(layout, LayoutAt):
        return _wait(at, f"{_url(ask, at)}/preview", layout)
    trial: Tried | None = tried(ask.desk, at, layout, ask.desk.lang)
    names = fields_by_name()
    return Page(
        "layout-preview.html.j2",
        Text("desk-layout-preview-title"),
        {"url": at.url, "up": _url(ask, at), "trial": trial, "fields": names, "text": layout.text(ask.desk.lang)},
    )


def _save_profile(ask: Ask) -> Answer:
    """Write the profile into the project; the next run uses it."""
    at = ask.desk.at(ask)
    layout = _found(ask, at)
    name, text, before = layout.profile_name, layout.text(ask.desk.lang), layout.store.profile
    others = [path for path in at.project.profiles() if path != before]
    try:
        profile_of_text(text, f"{name}.yaml", layout.store.path.parent)
        if layout.drafted.found is not None:
            with OpenExport(layout.drafted.found) as opened:
                fits = opened.fitting()
                known = next((one.name for one in known_profiles(None, others, lambda _told: None) if fits(one)), None)
            if known is not None:
                raise UsageError("layout-known-already", name=known)
        place = layout.store.save_profile(name, text)
    except UsageError as error:
        return _table(ask, at, layout, error.message)
    ask.desk.say(Text("desk-layout-saved", file=place.name))
    return Go(f"{at.url}/deliveries")


ROUTES = (
    Route("GET", _HERE, _page),
    Route("POST", _HERE, _whole),
    Route("POST", _HERE + "/group", _group),
    Route("POST", _HERE + "/save", _save_profile),
    Route("GET", _HERE + "/preview", _preview),
    Route("GET", _HERE + "/row/{row}", _row),
    Route("POST", _HERE + "/row/{row}", _save_row),
)
