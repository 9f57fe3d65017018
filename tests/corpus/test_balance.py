"""Invariant 1, the balance: whatever an export holds, every source value ends up somewhere exactly once."""

import random
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.base.clock import run_date
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.xml import parse_bytes
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entries, reasons
from dod2oso.findings.outcome import FieldCount
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.oso.transfers import transfer as known_transfer
from dod2oso.run.convert import Converter
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import count_source_values
from dod2oso.source.profile import LoadedProfile, load_profile, shipped_profiles
from dod2oso.source.register import EMPTY
from dod2oso.supplement.rows import Supplement
from tests.corpus.anything import XSI, Maker, count
from tests.corpus.kit import DATUM, PAIRS, read_export, write
from tests.sweeps import number

SMALL = load_profile(Path(__file__).with_name("kleine-indeling.yaml"))


def converter(version: str, transfer: str) -> Converter:
    mapper = Mapper(shipped_plan(version, transfer), run_group(version, transfer, DATUM, "test", "1"), run_date(DATUM))
    return Converter(mapper, known_transfer(transfer).layer, EMPTY, Supplement(), Pseudonyms(bytes(32)))


def account(path: Path, profile: LoadedProfile, version: str, transfer: str) -> tuple[Balance, dict[FieldCount, int]]:
    """Convert every record; the sum of all balances and counts, the shared part included."""
    export = read_export(path, BoundProfile(profile, load_dictionary()))
    export.survey()
    convert = converter(version, transfer)
    total, fields = Balance(), dict[FieldCount, int]()

    def add(balance: Balance, counts: dict[FieldCount, int]) -> None:
        assert sum(counts.values()) == balance.source_values
        total.add(balance)
        for key, n in counts.items():
            fields[key] = fields.get(key, 0) + n

    for record in export.dossiers():
        outcome = convert.convert(record)
        assert outcome.state in ("ready", "held", "rejected")
        add(outcome.balance, outcome.fields)
    add(*convert.settle_shared(export.outside))
    return total, fields


def check(xml: str, path: Path, profile: LoadedProfile, version: str, transfer: str) -> dict[FieldCount, int]:
    """The invariant itself: an independent count, the count in C and the outcomes agree; every reason is written."""
    write(path, xml)
    balance, fields = account(path, profile, version, transfer)
    assert count(xml) == count_source_values(parse_bytes(xml.encode())) == balance.source_values
    assert balance.mapped + balance.dropped + balance.unmapped + balance.refused == balance.source_values
    for outcome in ("mapped", "dropped", "unmapped", "refused"):
        assert sum(n for key, n in fields.items() if key.outcome == outcome) == getattr(balance, outcome)
    for key in fields:
        known = {"dropped": reasons(), "refused": entries(), "mapped": {"": 0}, "unmapped": {"": 0}}[key.outcome]
        assert key.reason in known, key
    return fields


# --- trees of any shape over a small layout ---

NAMES = (
    "P", "Naam", "Oud", "Geboren", "Groep", "Zorg", "Omvang", "Ouder", "Adres", "Straat", "Toetsen", "T", "Score",
    "Foto", "Vreemd", "Kop", "G",
)  # fmt: skip
ATTRIBUTES = ("id", "tehuis", "nummer", "wie", "nr", "code", "op", "vreemd", "xsi:type")
blank = st.sampled_from(["", " ", "\n  ", "\t"])
value = st.sampled_from(
    ["x", "ja", "Berg, van den", "01-02-2010", "00-00-2010", "0,3", "vader", "k1", "12", "\u00a0", "é&<"]
)
texts = st.one_of(blank, value, st.builds("{}{}{}".format, blank, value, blank))
attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), texts, max_size=3)
markup = st.sampled_from(["<!-- opmerking -->", "<?pi iets?>", "<![CDATA[]]>", "<![CDATA[ <x> ]]>"])


def element(name: str, attrs: dict[str, str], parts: list[str]) -> str:
    space = f' xmlns:xsi="{XSI}"' if "xsi:type" in attrs else ""
    inside = "".join(f" {key}={quoteattr(text)}" for key, text in attrs.items())
    return f"<{name}{space}{inside}>{''.join(parts)}</{name}>"


trees = st.recursive(
    st.one_of(texts.map(escape), markup),
    lambda inner: st.builds(element, st.sampled_from(NAMES), attributes, st.lists(inner, max_size=4)),
    max_leaves=12,
)
records = st.builds(element, st.just("P"), attributes, st.lists(trees, max_size=6))
group = st.builds(
    '<G id="{}" jaar="{}"><Naam>{}</Naam></G>'.format,
    st.sampled_from(["k1", "k2", " "]), st.sampled_from(["8", "q", ""]), texts.map(escape),
)  # fmt: skip
heads = st.builds(
    "<Kop><Brin>{}</Brin><Adres nr='1'>{}</Adres></Kop><Leraren><L a='1'>x</L></Leraren>".format,
    st.sampled_from(["99XX", "99xx", "?", ""]), texts.map(escape),
)  # fmt: skip


@st.composite
def exports(draw: st.DrawFn) -> str:
    """Shared parts before and after the records, unknown parts anywhere, groups that records refer to."""
    shared = [draw(heads), f"<Groepen>{''.join(draw(st.lists(group, max_size=2)))}</Groepen>", draw(trees)]
    cut = draw(st.integers(0, 3))
    listed = "".join(draw(st.lists(st.one_of(records, st.just("<Vreemd>x</Vreemd>los")), max_size=3)))
    body = f"<Lijst>{draw(records)}{listed}{draw(texts.map(escape))}</Lijst>"
    return f"<R pakket='x'>{''.join(shared[:cut])}{body}{''.join(shared[cut:])}</R>"


@settings(max_examples=120)
@given(xml=exports(), pair=st.sampled_from(PAIRS))
def test_any_tree_is_accounted_for(xml: str, pair: tuple[str, str], tmp_path: Path) -> None:
    check(xml, tmp_path / "a.xml", SMALL, *pair)


def test_the_count_is_what_the_interface_says(tmp_path: Path) -> None:
    """The examples of the definition itself, counted by hand."""
    cases = {
        "<a/>": 0,
        "<a> \n\t</a>": 0,
        "<a>x</a>": 1,
        "<a>x<b/>y<c/>z</a>": 1,  # one element, its text nodes joined
        "<a><b/> y</a>": 1,
        "<a><b>x</b><b>x</b></a>": 2,
        '<a b="1" c=" " d="2"/>': 2,
        f'<a xmlns:xsi="{XSI}" xsi:type="t" xsi:nil="true" b="1"/>': 1,
        '<a xmlns="urn:x" xmlns:y="urn:y" y:b="1"/>': 1,
        "<a><!-- x --><?p x?></a>": 0,
        "<a>x<!-- y -->z</a>": 1,
        "<a><![CDATA[x]]></a>": 1,
        "<a x='\u2009'>\u00a0\u202f\n\ufeff</a>": 0,  # space of Unicode says as little as that of XML
        "<a x='\u00a0.'>\u00a0<b/>x</a>": 2,
    }
    assert {xml: count(xml) for xml in cases} == cases
    assert {xml: count_source_values(parse_bytes(xml.encode())) for xml in cases} == cases


# --- the layouts that come with dod2oso ---


@pytest.mark.parametrize("seed", range(number(1, 4)))
@pytest.mark.parametrize(
    "profile",
    [profile for profile in shipped_profiles() if profile.model.format == "xml"],  # tables: source/tabular/test_bundle
    ids=lambda profile: profile.name,
)
def test_a_layout_full_of_anything(profile: LoadedProfile, seed: int, tmp_path: Path) -> None:
    """Also: what the dictionary knows never ends as unread; that word is for what the profile does not know."""
    source = random.Random(f"{profile.name}{seed}")
    dictionary = load_dictionary()
    for turn in range(12 if profile.model.extends is None else 4):
        version, transfer = source.choice(PAIRS)
        maker = Maker(
            profile, source.randrange(10**6), mess=source.choice((0, 0.1, 0.3)), fill=source.choice((0.4, 0.9))
        )
        fields = check(maker.export(2), tmp_path / f"{turn}.xml", profile, version, transfer)
        assert [key.field for key in fields if key.outcome == "unmapped" and key.field in dictionary] == []


def test_a_tidy_layout_has_nothing_unread(tmp_path: Path) -> None:
    profile = next(profile for profile in shipped_profiles() if profile.name == "dod-referentie")
    xml = Maker(profile, 1, mess=0, fill=0.9).export(4)
    fields = check(xml, tmp_path / "a.xml", profile, "2019.1", "POVO")
    assert not [key for key in fields if key.outcome == "unmapped"]
    assert {key.outcome for key in fields} == {"mapped", "dropped", "refused"}
