"""Completeness: every dictionary field goes somewhere or stays behind for a reason, in every version and transfer."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.findings.catalogue import reasons
from dod2oso.mapping.compile import compile_plan, shipped_plan
from dod2oso.mapping.explain import coverage, explain
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.model import Mapping
from dod2oso.mapping.model import TestCase as Example
from dod2oso.mapping.selftest import run_tests
from dod2oso.oso.catalogue import catalogue
from dod2oso.source.dictionary import load_dictionary
from tests.corpus.kit import PAIRS
from tests.mapping.kit import L
from tests.refusals import refused

CONSENT = {"inzage/inzage", "inzage/inzagedatum", "inzage/akkoord", "inzage/redennietakkoord", "inzage/toestemming"}
NEVER_ASSUMED = {
    f"{L}/overstapadvies/contactnodig", f"{L}/verzorgersaansprakelijk", f"{L}/adresgeheim",
    f"{L}/verzorger/wettigevertegenwoordiger", f"{L}/verzorger/adresgeheim",
}  # fmt: skip
FORBIDDEN = {
    f"{L}/geboorteplaats", f"{L}/nationaliteit", f"{L}/geboortemaand", f"{L}/postcode4adres", f"{L}/nnca",
    f"{L}/verzorger/banknummer", f"{L}/verzorger/iban", f"{L}/zorg/vir", f"{L}/zorg/zat",
}  # fmt: skip


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_every_field_is_mapped_or_dropped_for_a_known_reason(version: str, transfer: str) -> None:
    plan = shipped_plan(version, transfer)
    names = set(load_dictionary().fields)
    assert set(plan.readers) | set(plan.dropped) == names
    assert set(plan.readers) & set(plan.dropped) == set()
    assert set(plan.dropped.values()) <= set(reasons())
    for line in coverage(plan, load_dictionary()):
        assert bool(line.targets) != bool(line.reason), line


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_every_target_exists_in_the_version(version: str, transfer: str) -> None:
    plan, target = shipped_plan(version, transfer), catalogue(version)
    for path in {path for paths in plan.readers.values() for path in paths} | set(plan.leaves):
        element = target.at(path)
        assert element is not None and element.kind == "field", path


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_nothing_is_read_that_the_law_forbids(version: str, transfer: str) -> None:
    plan, dictionary = shipped_plan(version, transfer), load_dictionary()
    read = [name for name in plan.readers if dictionary[name].law == "not-allowed"]
    assert read == []
    assert not FORBIDDEN & set(plan.leaves)


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_consent_and_responsibility_have_no_default_and_consent_no_source(version: str, transfer: str) -> None:
    leaves = shipped_plan(version, transfer).leaves
    for path in (CONSENT | NEVER_ASSUMED) & set(leaves):
        assert leaves[path].default is None, path
    for path in CONSENT & set(leaves):
        assert leaves[path].sources == (), path
    assert {"inzage/inzage", "inzage/inzagedatum", "inzage/akkoord"} <= set(leaves)


def test_leaves_read_what_their_type_can_hold() -> None:
    """A date is read from a date, a yes/no from a yes/no: then reading an export already decided how it is written."""
    dictionary = load_dictionary()
    wrong = []
    for version, transfer in PAIRS:
        target = catalogue(version)
        for path, leaf in shipped_plan(version, transfer).leaves.items():
            element = target.at(path)
            assert element is not None
            if element.type in ("date", "boolean") and leaf.table is None:
                names = [name for source in leaf.sources for name in source.names if name in dictionary]
                wrong += [(path, name) for name in names if dictionary[name].type != element.type]
    assert wrong == []


# --- forgetting and contradicting ---


def without_drop(mapping: Mapping, name: str) -> Mapping:
    """The mapping without one name under `dropped`."""
    entries = [
        entry.model_copy(update={"from_": tuple(one for one in entry.from_ if one != name)})
        for entry in mapping.dropped
    ]
    return mapping.model_copy(update={"dropped": tuple(entry for entry in entries if entry.from_)})


@pytest.mark.parametrize("name", ["leerling.geboorteplaats", "verzuim.absoluut", "school.sleutel"])
def test_a_forgotten_drop_is_an_error(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        compile_plan(without_drop(load_mapping(), name), "2019.1", "POVO")


def test_removing_a_line_from_the_mapping_is_an_error(tmp_path: Path) -> None:
    from dod2oso.base.resources import mappings_dir

    text = (mappings_dir() / "dod-oso.yaml").read_text()
    line = "      tehuis: {from: leerling.tehuis}\n"
    assert text.count(line) == 1
    (tmp_path / "eigen.yaml").write_text(text.replace(line, ""))
    mapping = load_mapping(tmp_path / "eigen.yaml")
    with refused(ConfigurationError, "fields-forgotten", names="leerling.tehuis"):
        compile_plan(mapping, "2019.1", "POVO")


def test_a_field_cannot_be_read_and_dropped() -> None:
    mapping = load_mapping()
    entry = mapping.dropped[0].model_copy(update={"from_": ("leerling.achternaam",)})
    both = mapping.model_copy(update={"dropped": (*mapping.dropped, entry)})
    with refused(ConfigurationError, "dropped-but-read", name="leerling.achternaam"):
        compile_plan(both, "2019.1", "POVO")


# --- the examples in the mapping, and its explanations ---


def test_the_examples_of_the_mapping_hold() -> None:
    mapping = load_mapping()
    assert len(mapping.tests) >= 30
    assert run_tests(mapping) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"expect": {f"{L}/geslacht": "2"}},
        {"expect": {f"{L}/geslacht": None}},
        {"finding": "code-onbekend"},
        {"expect": {f"{L}/roepnaam": "Ander"}},
    ],
)
def test_a_wrong_example_is_noticed(wrong: dict[str, object]) -> None:
    example = Example.model_validate({"name": "fout", "given": {"leerling.geslacht": "vrouw"}, **wrong})
    failures = run_tests(load_mapping().model_copy(update={"tests": (example,)}))
    assert [failure.name for failure in failures] == ["fout"]


def test_explain_names_sources_targets_reasons_and_defaults() -> None:
    plan, dictionary = shipped_plan("2019.1", "POSWV"), load_dictionary()
    assert explain(plan, dictionary, "leerling.bsn", "nl") == ["leerling.bsn blijft achter: " + reasons()["profiel"].nl]
    assert explain(plan, dictionary, "leerling.geslacht", "en") == [f"leerling.geslacht goes to {L}/geslacht"]
    assert explain(plan, dictionary, "huidigeschool/naam", "nl") == [
        "huidigeschool/naam ← register.naam", "huidigeschool/naam ← school.naam",
    ]  # fmt: skip
    (line,) = explain(plan, dictionary, "inzage/voorlopigdossier", "nl")
    assert line.startswith('inzage/voorlopigdossier ← "false" (')
    assert explain(plan, dictionary, "inzage/inzage", "nl") == ["inzage/inzage ← alleen de aanvulling"]
    assert explain(plan, dictionary, "bestaat.niet", "nl") == []


@pytest.mark.parametrize(("version", "transfer"), [("1.1.1", "POPO"), ("2019.1", "VOSWV")])
def test_everything_can_be_explained(version: str, transfer: str) -> None:
    plan, dictionary = shipped_plan(version, transfer), load_dictionary()
    for name in [*dictionary.fields, *plan.leaves]:
        for lang in ("nl", "en"):
            assert explain(plan, dictionary, name, lang), name
