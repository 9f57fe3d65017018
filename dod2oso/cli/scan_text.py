"""A scan for people (a table in the terminal) and for programs (JSON; the shape is in docs/eigen-profiel.md)."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from dod2oso.base.texts import Text
from dod2oso.discover.survey.coverage import IGNORED
from dod2oso.discover.survey.facts import EXACT, Survey, Values, inferred_type, typical_kinds
from dod2oso.discover.survey.kinds import KINDS
from dod2oso.discover.survey.scan import Candidate, Scan
from dod2oso.source.formats.registry import source_formats

_LONGEST_NAME = 60

_COLUMNS = ("path", "count", "filled", "max", "distinct", "length", "kind", "codes", "field")


class Phrase(Protocol):
    def __call__(self, key: str, **values: object) -> str: ...


def _phrases(lang: str) -> Phrase:
    def phrase(key: str, **values: object) -> str:
        return Text(f"scan-{key}", **values).text(lang)

    return phrase


def as_dict(scan: Scan, lang: str) -> dict[str, Any]:
    """One export of `scan --json`."""
    found, survey, known = scan.found, scan.survey, scan.profile
    result: dict[str, Any] = {
        "name": found.name,
        "kind": found.kind,
        "protected": found.protected,
        "members": len(found.members),
        "loose": len(found.loose),
    }
    if scan.problem is not None:
        result["problem"] = {"code": scan.problem.code, "message": scan.problem.text(lang)}
        return result
    if scan.encoding is not None:
        result["encoding"] = {
            "declared": scan.encoding.declared,
            "decodes": scan.encoding.decodes,
            "probably": scan.encoding.probably,
        }
    result["profile"] = known.name if known is not None else None
    result["profiles"] = [_candidate(candidate) for candidate in scan.candidates]
    result["records"] = {"path": scan.record, "count": scan.records, "guess": known is None}
    if survey is not None:
        fields = known.covered.fields if known is not None and known.covered is not None else {}
        result["source_values"] = survey.total
        result["namespaces"] = dict(survey.namespaces) if not survey.tables else {}
        result["headless_tables"] = list(survey.headless)
        doubts = known.doubts if known is not None else {}
        result["paths"] = [_path(*row, fields, doubts) for row in _rows(survey)]
        result["unread"] = (
            [row["path"] for row in result["paths"] if row["count"] and row["path"] not in fields] if known else []
        )
        result["other_values"] = survey.other_places
    return result


def _candidate(candidate: Candidate) -> dict[str, Any]:
    covered = candidate.covered
    return {
        "name": candidate.name,
        "fits": candidate.fits,
        "score": candidate.score,
        "conditions": [{"what": one.what, "holds": one.holds} for one in candidate.conditions],
        "read_paths": covered.read_paths if covered else 0,
        "paths": covered.paths if covered else 0,
        "read_values": covered.read_values if covered else 0,
        "values": covered.values if covered else 0,
    }


def _path(
    path: str, values: Values, parents: int, most: int, fields: dict[str, str], doubts: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "path": path,
        "count": values.count,
        "parents": parents,
        "filled": round(values.filled / parents, 4) if parents else 0.0,
        "max_per_parent": most,
        "distinct": values.distinct,
        "distinct_exact": values.exact,
        "unique": values.unique,
        "length": [values.shortest, values.longest],
        "type": inferred_type(values),
        "kinds": {kind: n for kind, n in zip(KINDS, values.bits, strict=True) if n},
        "codes": list(values.codes()),
        "field": fields.get(path) if fields.get(path) != IGNORED else None,
        "certainty": doubts.get(fields.get(path, "")),
        "ignored": fields.get(path) == IGNORED,
    }


def _rows(survey: Survey) -> Iterator[tuple[str, Values, int, int]]:
    """(path, facts, occurrences of the parent, most in one parent) of every path."""
    for place in survey.root.walk():
        for name, values in place.attributes.items():
            yield f"{place.path}/@{name}", values, place.count, 1
        if place.text.count or not (place.children or place.attributes):
            yield place.path, place.text, place.parent.count if place.parent is not None else 1, max(1, place.most)


def _title(kind: str, lang: str) -> str:
    title = source_formats()[kind].title
    return title if isinstance(title, str) else title.text(lang)


def as_lines(scan: Scan, lang: str, width: int) -> Iterator[str]:
    """One export for people; `width`: of the terminal."""
    phrase = _phrases(lang)
    found, survey, known = scan.found, scan.survey, scan.profile
    yield found.name
    if scan.problem is not None:
        yield f"  {scan.problem.text(lang)}"
        return
    yield "  " + phrase(
        "container",
        kind=_title(found.kind, lang),
        members=len(found.members),
        protected=phrase("protected") if found.protected else "",
        loose=phrase("loose", n=len(found.loose)) if found.loose else "",
    )
    if scan.encoding is not None:
        right = phrase("right") if scan.encoding.decodes else phrase("wrong", probably=scan.encoding.probably or "?")
        yield "  " + phrase("encoding", declared=scan.encoding.declared or phrase("none"), right=right)
    yield from _profiles(scan, phrase)
    if scan.record is None:
        yield "  " + phrase("no-records")
    else:
        yield "  " + phrase("records" if known is not None else "guess", n=scan.records, path=scan.record)
    if survey is None:
        return
    if survey.headless:
        yield "  " + phrase("headless", names=", ".join(survey.headless))
    yield ""
    fields = known.covered.fields if known is not None and known.covered is not None else None
    yield from _table(survey, fields, phrase, width)
    if survey.other_places:
        yield phrase("other", n=survey.other_places)
    if fields is not None and known is not None:
        counted = [path for path, values, _parents in survey.root.values() if values.count]
        unread = [path for path in counted if path not in fields]
        yield ""
        if unread:
            yield phrase("not-read", name=known.name, n=len(unread), p=len(counted))
        else:
            yield phrase("all-read", name=known.name)
        yield from (f"  {path}" for path in unread)
        doubts = {fields[path]: known.doubts[fields[path]] for path in counted if fields.get(path) in known.doubts}
        if doubts:
            names = ", ".join(f"{field} ({mark})" for field, mark in doubts.items())
            yield phrase("unsure", name=known.name, names=names)
    yield ""
    yield phrase("note", n=EXACT)


def _profiles(scan: Scan, phrase: Phrase) -> Iterator[str]:
    known = scan.profile
    fitting = [candidate.name for candidate in scan.candidates if candidate.fits]
    if known is not None and known.covered is not None:
        covered = known.covered
        yield "  " + phrase(
            "profile",
            name=known.name,
            score=known.score,
            rp=covered.read_paths,
            p=covered.paths,
            rv=covered.read_values,
            v=covered.values,
        )
        for one in known.conditions:
            yield f"    {phrase('holds' if one.holds else 'fails')}: {one.what}"
    else:
        yield "  " + (phrase("many", names=", ".join(fitting)) if fitting else phrase("no-profile"))
    for candidate in scan.candidates:
        if candidate is not known:
            failing = [f"{phrase('fails')}: {one.what}" for one in candidate.conditions if not one.holds]
            yield "  " + phrase(
                "runner", name=candidate.name, score=candidate.score, why="; ".join(failing) or phrase("holds")
            )


def _table(survey: Survey, fields: dict[str, str] | None, phrase: Phrase, width: int) -> Iterator[str]:
    columns = [phrase(f"column-{name}") for name in _COLUMNS]
    rows = []
    for path, values, parents, most in _rows(survey):
        distinct = str(values.distinct) if values.exact else f">{EXACT}"
        length = str(values.longest) if values.shortest == values.longest else f"{values.shortest}-{values.longest}"
        kind = inferred_type(values)
        special = [name for name in typical_kinds(values) if name not in (kind, "integer", "boolean", "initials")]
        codes = " ".join(values.codes())
        row = [
            _shortened(path), str(values.count), f"{100 * values.filled / max(1, parents):.0f}%", str(most), distinct,
            length, " ".join((kind, *special)), codes if len(codes) <= 24 else f"{codes[:21]}...",
        ]  # fmt: skip
        if fields is not None:
            field = fields.get(path, "-")
            row.append(phrase("ignored") if field == IGNORED else field)
        rows.append(row)
    if fields is None:
        columns.pop()
    widths = [max(len(row[number]) for row in [columns, *rows]) for number in range(len(columns))]
    if sum(widths) + 2 * len(widths) > width:  # narrow: the path on a line of its own
        for row in rows:
            yield row[0]
            yield "    " + "  ".join(f"{name} {cell}" for name, cell in zip(columns[1:], row[1:], strict=True) if cell)
        return
    for row in [columns, *rows]:
        cells = [
            cell.rjust(w) if 1 <= n <= 5 else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _shortened(path: str) -> str:
    """A path with names of a bearable length: a name may be anything in a hostile file."""
    return "/".join(step if len(step) <= _LONGEST_NAME else f"{step[:_LONGEST_NAME]}..." for step in path.split("/"))
