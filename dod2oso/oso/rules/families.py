"""Two families of rules that follow a pattern: code lists, and the categories of categorie_uitlevering."""

from collections.abc import Iterator, Mapping

from dod2oso.oso.added import added, catalogue_part
from dod2oso.oso.codelists import codes, in_force, name_of
from dod2oso.oso.rules.declared import Bilingual, Category, CategoryFile, Choice, CodelistFile, CodePlace
from dod2oso.oso.rules.drafts import Draft, load
from dod2oso.oso.rules.model import Texts
from dod2oso.oso.transfers import governed, in_full
from dod2oso.oso.versions import within

_FIELD = "dossier/metadata/categorie_uitlevering/cat_"
_FEW_CODES = 20  # a remedy names the codes of a list up to this many
_NUMBERED_SINCE = "2019.1"  # before that the official messages carry the name of the category


def from_codelists(version: str) -> Iterator[Draft]:
    """The rules codelijst-<number>-<element> of this version."""
    file, declared = load("codelijsten", CodelistFile)
    for number_text, places in _places(version, declared).items():
        number = int(number_text)
        if not in_force(number, version):
            continue
        good = sorted(codes(number, version))
        remedy = declared.remedy if len(good) <= _FEW_CODES else declared.remedy_long
        for i, place in enumerate(places):
            where = CodePlace(at=f"all */{place}") if isinstance(place, str) else place
            if not where.covers(version):
                continue
            element = where.element or where.at.rpartition("/")[2]
            key = f"codelijst-{number}-{element}"
            words = {"number": number_text, "name": name_of(number), "codes": ", ".join(good)}
            said = _called(element)
            nl, en = words | {"element": said.nl}, words | {"element": said.en}
            yield Draft(
                file=file,
                where=("places", number_text, i),
                key=key,
                layer=declared.layer,
                at=where.at,
                condition="",
                fires=where.fires or f"not in_list(., {number})",
                message=_filled(declared, nl, en),
                remedy=_filled(remedy, nl, en),
                note=declared.notes.get(key, ""),
            )


def _places(version: str, declared: CodelistFile) -> Mapping[str, tuple[str | CodePlace, ...]]:
    """Where each list is held against a field, by number; of an added version as its stylesheet has it."""
    if version not in added():
        return declared.places
    found: dict[str, tuple[str | CodePlace, ...]] = {}
    for place, number in catalogue_part(version, "places").items():
        whole = document_lists(version).get(tuple(place.split("/")))
        found[str(number)] = (*found.get(str(number), ()), place if whole is None else whole)
    return found


def document_lists(version: str) -> dict[tuple[str, ...], CodePlace]:
    """The fields that are held against a list once per document, by parent and field: in `doc:a/b` of their rule."""
    _, declared = load("codelijsten", CodelistFile)
    found = {}
    for places in declared.places.values():
        for place in places:
            if isinstance(place, CodePlace) and place.at == "document" and place.covers(version):
                path = (place.fires or "").partition("doc:")[2].partition(",")[0]
                found[tuple(path.split("/"))] = place
    return found


def from_categories(version: str) -> Iterator[Draft]:
    """The rules cat-<category>-… of this version."""
    file, declared = load("categorieen", CategoryFile)
    if not declared.covers(version):
        return
    paths = governed(version)
    for name, category in declared.categories.items():
        if not category.covers(version) or not paths.get(f"cat_{name}"):
            continue
        for word, choice in declared.choices.items():
            if not choice.covers(version):
                continue
            for suffix, fires, element in _speaks(word, category, paths[f"cat_{name}"]):
                nl, en = ({"element": element, "name": called} for called in (category.name.nl, category.name.en))
                yield Draft(
                    file=file,
                    where=("categories", name),
                    key=f"cat-{name}-{word}{suffix}",
                    layer=declared.layer,
                    at="document",
                    condition=f"val(doc:{_FIELD}{name}) = '{choice.word}'",
                    fires=fires,
                    message=_filled(choice, nl, en),
                    remedy=_filled(choice.remedy, nl, en),
                    official=f"OS.{category.number if within(version, _NUMBERED_SINCE, None) else f'cat_{name}'}",
                    note=category.note,
                )


def _speaks(word: str, category: Category, paths: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Suffix of the key, expression and element of each rule of one choice, for a category with these paths."""
    if word == "verplicht":
        yield "", " and ".join(f"absent(doc:dossier/{path})" for path in paths), ""
        return
    instead = {in_full(path): in_full(other) for path, other in category.looks_for.items()}
    for path in (instead.get(path, path) for path in paths):
        element = path.rpartition("/")[2]
        yield f"-{element}", f"exists(doc:dossier/{path})", element


def _called(element: str) -> Texts:
    """A field in words: of a category what it is the delivery of, of any other its name in the standard."""
    _, declared = load("categorieen", CategoryFile)
    name = element.removeprefix("cat_")
    if name == element:
        return Texts(element, element)
    category = declared.categories.get(name)
    nl, en = (category.name.nl, category.name.en) if category is not None else (name, name)
    return Texts(f"de uitlevering van {nl}", f"the delivery of {en}")


def _filled(texts: CodelistFile | Choice | Bilingual, nl: dict[str, str], en: dict[str, str]) -> Texts:
    return Texts(texts.nl.format_map(nl), texts.en.format_map(en))
