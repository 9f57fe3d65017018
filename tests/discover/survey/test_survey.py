"""The survey: counts and kinds of values in one pass, and nothing of a person."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dod2oso.discover.survey.facts import EXACT, MAX_PLACES, Values, inferred_type, typical_kinds
from dod2oso.discover.survey.kinds import BIT, KINDS, kinds_of
from dod2oso.discover.survey.tables import looks_like_data, survey_tables
from dod2oso.discover.survey.xml import Refused
from tests.corpus.anything import count
from tests.corpus.kit import bsn
from tests.discover.propose.kit import survey

XML = (
    '<?xml version="1.0"?><r xmlns="urn:x" v="1"><kop>een<i/>twee</kop><p id="a"><n>Jan</n><t>1</t><t>2</t></p>'
    '<p id="b"><n> </n><t>3</t></p><p id="c"/></r>'
)


def values(*texts: str) -> Values:
    facts = Values()
    for number, text in enumerate(texts):
        facts.add(text, len(text), number)
    return facts


def test_places_count_values_parents_and_repeats() -> None:
    found = survey(XML)
    by_path = {path: (facts.count, facts.filled, parents) for path, facts, parents in found.root.values()}
    assert by_path == {
        "r/@v": (1, 1, 1),
        "r/kop": (1, 1, 1),
        "r/kop/i": (0, 0, 1),
        "r/p/@id": (3, 3, 3),
        "r/p/n": (1, 1, 3),
        "r/p/t": (3, 2, 3),
    }
    place = found.root.find("r/p/t")
    assert place is not None and place.most == 2
    assert found.root.find("r/x/y") is None and found.root.find("q") is None
    assert found.namespaces == {"urn:x": 11}


def test_the_total_is_the_number_of_source_values() -> None:
    assert survey(XML).total == count(XML.encode())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("x 1\n", max_size=4)), max_size=20))
def test_any_document_is_counted_as_the_balance_counts(items: list[tuple[str, str]]) -> None:
    text = "<r>" + "".join(f'<{name} k="{value}">{value}<d/>{value}</{name}>' for name, value in items) + "</r>"
    assert survey(text).total == count(text.encode())


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("2012-05-06", {"date-ymd"}),
        ("06-05-2012", {"date-dmy"}),
        ("00-05-2012", {"date-dmy", "date-partial"}),
        ("06/05/2012", {"date-slash"}),
        ("20120506", {"date-compact", "integer"}),
        ("20121306", {"integer"}),
        ("2012-02-31", set()),
        ("2012-05-06T10:11:12", {"datetime"}),
        ("12,5", {"decimal-comma"}),
        ("12.5", {"decimal-point"}),
        ("ja", {"boolean"}),
        ("1", {"integer", "boolean"}),
        ("2015-2016", {"school-year"}),
        ("1234 ab", {"postcode"}),
        ("99XA", {"brin"}),
        ("a.b@voorbeeld.nl", {"email", "file-name"}),
        ("0101234567", {"integer", "phone"}),
        ("J.P.", {"initials"}),
        ("caf&eacute;", {"entities"}),
        (bsn(3), {"integer", "bsn"}),
        ("Een lange zin met heel veel woorden over een leerling.", {"text"}),
    ],
)
def test_kinds(text: str, kinds: set[str]) -> None:
    assert {name for name in KINDS if kinds_of(text)[0] & BIT[name]} == kinds


@given(st.text(min_size=1).map(str.strip).filter(bool))
def test_every_text_has_a_kind_or_none(text: str) -> None:
    bits, year = kinds_of(text)
    assert 0 <= bits < 1 << len(KINDS)
    assert year is None or 1900 <= year <= 2100


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], "empty"),
        (["2012-05-06"] * 9, "date"),
        (["ja", "nee"] * 5, "boolean"),
        (["M", "V"] * 5, "code"),
        ([bsn(n) for n in range(5)], "pgn"),
        (["1", "2,5"], "decimal"),
        (["17", "245", "1000"], "integer"),
        (["Jansen"], "text"),
    ],
)
def test_the_type_is_inferred(texts: list[str], expected: str) -> None:
    assert inferred_type(values(*texts)) == expected


def test_distinct_is_exact_up_to_a_bound_and_says_so() -> None:
    few, many = values(*map(str, range(EXACT))), values(*map(str, range(EXACT * 3)))
    assert (few.distinct, few.exact, few.unique) == (EXACT, True, True)
    assert (many.distinct, many.exact, many.unique) == (EXACT, False, True)
    assert len(many._seen) <= EXACT
    half = values(*[str(number % (EXACT * 3)) for number in range(EXACT * 6)])
    assert not half.unique
    assert 0.95 < values(*map(str, range(500))).within(many) <= 1.0
    assert values(*(f"x{n}" for n in range(500))).within(many) == 0.0


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["M", "V", "V", "M", "V"], ("M", "V")),
        (["M", "V"], ()),  # too few to say that it is a code
        (["Bo", "Jet", "Pim"] * 9, ()),  # short names are no codes, however often they occur
        (["8A", "8B"] * 9, ("8A", "8B")),
        (["8A", "8B"] * 9 + ["7C"], ()),
        (["1234AB"] * 20, ()),
        ([bsn(1)] * 20, ()),
        (["moeder", "vader"] * 5, ("moeder", "vader")),
        ([f"x{n}" for n in range(60)], ()),
    ],
)
def test_only_codes_of_nobody_are_named(texts: list[str], codes: tuple[str, ...]) -> None:
    assert values(*texts).codes() == codes


def test_values_are_forgotten_when_they_are_no_codes() -> None:
    facts = values(*(f"naam{n}" for n in range(60)))
    assert facts.candidates is None
    assert "naam1" not in repr(facts._seen)
    assert values("x" * 30).candidates is None


def test_typical_kinds() -> None:
    assert typical_kinds(values("20120506", "20130607")) == ("date-compact",)
    assert typical_kinds(values("12", "345")) == ("integer",)


def test_a_hostile_document_does_not_fill_the_memory() -> None:
    wide = survey("<r>" + "".join(f"<a{n}>1</a{n}>" for n in range(MAX_PLACES + 500)) + "</r>")
    assert wide.other_places == 501 and wide.total == MAX_PLACES + 500
    deep = survey("<a>" * 200 + "1" + "</a>" * 200)
    assert deep.total == 1 and sum(1 for _ in deep.root.walk()) <= 61
    with pytest.raises(Refused):
        survey('<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>')


class Table:
    def __init__(self, name: str, columns: Sequence[str], *rows: Sequence[str]) -> None:
        self.name = name
        self.columns = tuple(columns)
        self._rows = rows

    def rows(self) -> Iterator[Sequence[str]]:
        return iter(self._rows)


def test_tables_are_surveyed_as_a_document() -> None:
    found = survey_tables([Table("leerlingen", ["nr", "naam"], ["1", "A"], ["2", ""], ["3", "B", "te veel"])])
    assert {path: (facts.count, parents) for path, facts, parents in found.root.values()} == {
        "bundel/leerlingen/nr": (3, 3),
        "bundel/leerlingen/naam": (2, 3),
        "bundel/leerlingen/kolom_3": (1, 3),
    }
    assert found.total == 6


@pytest.mark.parametrize("title", ["12-05-2011", "1234 AB", "a@voorbeeld.nl", bsn(4), "_12-05-2011", "1234_AB"])
def test_a_first_row_with_data_is_not_shown_as_names(title: str) -> None:
    table = Table("t", ["Jansen", title], ["a", "b"])
    assert looks_like_data(table.columns)
    found = survey_tables([table])
    assert found.headless == ("t",)
    assert "Jansen" not in str([path for path, _facts, _parents in found.root.values()])


def test_ordinary_titles_are_names() -> None:
    assert not looks_like_data(("naam", "geb_datum", "postcode", "telefoon", "e_mail", "kolom_7", "1F"))
