"""Look at an export without converting it: what kind, which profile and why, and what is in it. No personal values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lxml import etree

from dod2oso.base.errors import ExportError
from dod2oso.base.xml import LARGE_TEXT
from dod2oso.discover.survey.coverage import Coverage, coverage
from dod2oso.discover.survey.encoding import Encoding, encoding_of
from dod2oso.discover.survey.facts import Survey
from dod2oso.discover.survey.tables import survey_tables
from dod2oso.discover.survey.xml import Refused, survey_xml
from dod2oso.source.bind import BoundProfile
from dod2oso.source.cleantext import clean_xml, needs_cleaning
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.formats.content import Documents, Tables
from dod2oso.source.guard import guarded, reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.recognise import matches
from dod2oso.source.tabular.discreet import ToldTable
from dod2oso.source.tabular.table import SourceTable, xml_name
from dod2oso.source.wrapping import within
from dod2oso.source.xmlreader import broken

_HEAD = 4096  # bytes in which a declaration stands
Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a profile's `match`, and whether the export meets it."""

    what: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile that may fit. `score`: 0-100, the share of conditions that hold times the share of values it reads.

    `doubts`: fields that it reads here of which the layout itself is less sure -> how sure (see profile.unsure).
    """

    name: str
    fits: bool
    conditions: tuple[Condition, ...]
    covered: Coverage | None
    doubts: Mapping[str, str] = field(default_factory=dict)

    @property
    def score(self) -> int:
        held = sum(1 for one in self.conditions if one.holds) / max(1, len(self.conditions))
        read = self.covered.read_values / max(1, self.covered.values) if self.covered is not None else 0.0
        return round(100 * held * (0.5 + 0.5 * read))


@dataclass(slots=True)
class Scan:
    """What was found out about one export. `record`: where pupils seem to stand, when no profile says so."""

    found: FoundExport
    encoding: Encoding | None = None
    survey: Survey | None = None
    candidates: list[Candidate] = field(default_factory=list)
    record: str | None = None
    records: int = 0
    problem: ExportError | None = None

    @property
    def profile(self) -> Candidate | None:
        """The one profile that fits."""
        fitting = [candidate for candidate in self.candidates if candidate.fits]
        return fitting[0] if len(fitting) == 1 else None


def scan_export(found: FoundExport, profiles: Sequence[LoadedProfile], watch: Watch | None = None) -> Scan:
    """Everything about one export; a problem with it stands in the result and is never raised."""
    scan = Scan(found)
    with guarded(partial(setattr, scan, "problem")), reading(), OpenExport(found) as opened:
        _scan(scan, opened, profiles, watch)
    return scan


def _scan(scan: Scan, opened: OpenExport, profiles: Sequence[LoadedProfile], watch: Watch | None) -> None:
    fits = opened.fitting()
    fitting = [profile for profile in profiles if fits(profile)]
    only = fitting[0] if len(fitting) == 1 else None
    if opened.texts:
        scan.encoding = encoding_of(opened.texts, only.model.text.encoding if only is not None else None)
    scan.survey = survey_export(opened, only, watch)
    for profile in profiles:
        candidate = candidate_of(opened, profile, scan.survey, fits)
        if candidate.fits or any(one.holds for one in candidate.conditions):
            scan.candidates.append(candidate)
    scan.candidates.sort(key=lambda one: (not one.fits, -one.score, one.name))
    known = scan.profile
    if known is not None and known.covered is not None:
        scan.record = next(profile.model.records for profile in profiles if profile.name == known.name)
        scan.records = known.covered.records
    else:
        from dod2oso.discover.propose.layout import find_layout
        from dod2oso.discover.propose.scopes import sections
        from dod2oso.discover.propose.words import vocabulary

        layout = find_layout(scan.survey, sections(), vocabulary())
        if layout is not None:
            scan.record, scan.records = layout.path, layout.record.count


def candidate_of(
    opened: OpenExport, profile: LoadedProfile, survey: Survey, fits: Callable[[LoadedProfile], bool] | None = None
) -> Candidate:
    """How well a profile fits an opened export; `fits`: its test for that, when it was asked for before."""
    fitting = (fits or opened.fitting())(profile)
    conditions, covered = _conditions(opened, profile, survey), None
    if fitting or any(one.holds for one in conditions):
        covered = coverage(survey, BoundProfile(profile, load_dictionary()), profile.model)
    read = dict.fromkeys(covered.fields.values()) if covered is not None else {}
    doubts = {name: mark for name in read if (mark := profile.model.doubt(name))}
    return Candidate(profile.name, fitting, conditions, covered, doubts)


def survey_export(opened: OpenExport, profile: LoadedProfile | None, watch: Watch | None = None) -> Survey:
    """The survey of an opened export; ExportError when it is damaged."""
    content = opened.content
    if isinstance(content, Tables):  # else documents
        survey = survey_tables(_tables(content, profile), watch)
        if not survey.root.children:
            raise ExportError("export-leeg.tables")
    else:
        survey = _survey_documents(content.members, profile.model.text.encoding if profile is not None else None, watch)
    survey.format = content.profile_format
    return survey


def _tables(content: Tables, profile: LoadedProfile | None) -> Sequence[SourceTable]:
    """The tables; where a profile takes several as one, under the name that it has for them."""
    named = content.named(profile.model) if profile is not None and profile.model.sheet_names else None
    if named is None:
        return content.told(profile.model if profile is not None else None)
    return [ToldTable(name, table.columns, table) for name, tables in named.items() for table in tables]


def _survey_documents(members: Sequence[Member], own: str | None, watch: Watch | None) -> Survey:
    huge = any(member.size > LARGE_TEXT for member in members)
    try:
        if not any(needs_cleaning(member.head(_HEAD)) for member in members):
            return survey_xml([member.open for member in members], encoding=own, huge=huge, watch=watch)
    except Refused:
        raise ExportError("export-doctype") from None
    except etree.XMLSyntaxError:
        pass
    try:  # perhaps only characters are wrong: look once more, leaving those out
        streams = [_cleaned(member, own) for member in members]
        return survey_xml(streams, huge=huge, watch=watch)
    except etree.XMLSyntaxError as error:
        raise broken(error) from None


def _cleaned(member: Member, encoding: str | None) -> Callable[[], Any]:
    return lambda: clean_xml(member.open(), encoding)


def _conditions(opened: OpenExport, profile: LoadedProfile, survey: Survey) -> tuple[Condition, ...]:
    """Which conditions of the profile's match hold."""
    match, content = profile.model.match, opened.content
    if profile.model.is_tree != isinstance(content, Documents):
        return ()
    if isinstance(content, Documents):
        if profile.model.format != content.profile_format:
            return ()
        root = within(content.root())
        local, space = root.tag.rpartition("}")[2], root.tag.rpartition("}")[0][1:]
        held = [Condition(f"root {match.root}", local == match.root)]
        if match.namespace is not None:
            held.append(Condition(f"namespace {match.namespace}", space == match.namespace))
        for path in match.has:
            held.append(Condition(path, matches(root, _asking(profile, values={}, has=(path,)))))
        for path, accepted in match.values.items():
            shown = " | ".join("-" if text is None else text for text in accepted)
            held.append(
                Condition(f"{path} = {shown}", matches(root, _asking(profile, values={path: accepted}, has=())))
            )
        return tuple(held) if held[0].holds else ()
    tables = [
        ({column.lower() for column in table.children}, table.name.lower()) for table in survey.root.children.values()
    ]
    held = []
    for wanted, columns in match.tables.items():
        needed = {xml_name(column).lower() for column in columns}
        there = any(needed <= have and (needed or name == xml_name(wanted).lower()) for have, name in tables)
        held.append(Condition(f"table {wanted}: {', '.join(columns) or '*'}", bool(there)))
    return tuple(held)


def _asking(profile: LoadedProfile, **conditions: Any) -> LoadedProfile:
    """The profile with only these conditions beside its root."""
    match = profile.model.match.model_copy(update=conditions)
    return LoadedProfile(profile.model.model_copy(update={"match": match}), profile.file)
