"""Every code that is raised is explained, every code that is explained is raised; the same for reasons."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dod2oso
from dod2oso.base.errors import BalanceError, ConfigurationError, Dod2osoError, ExitCode, ExportError, UsageError
from dod2oso.base.resources import mappings_dir
from dod2oso.findings.balance import Balance
from dod2oso.findings.catalogue import entries, entry, reason, reasons
from dod2oso.findings.model import SEVERITIES
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.model import Alternatives, Block, Leaf, Node
from dod2oso.source.profile import shipped_profiles
from tests.refusals import refused

PACKAGE = Path(dod2oso.__file__).parent
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+\Z")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """The engine's modules; not those that make synthetic data or refuse messages of OSO, which speak of codes too."""
    for path in PACKAGE.rglob("*.py"):
        if not {"generate", "sandbox"} & set(path.parts):
            yield path, ast.parse(path.read_text())


def constants(tree: ast.AST) -> Iterator[str]:
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def names(tree: ast.Module) -> dict[str, str]:
    """Module constants that are text: CODE = "…"; also A, B = "…", "…"."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[target.id] = value.value
    return found


def raised() -> dict[str, str]:
    """Codes by the place where a finding, a refusal or an unreadable value is made."""
    found: dict[str, str] = {}
    for path, tree in trees():
        known = names(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            position = {"Finding": 0, "Refused": 0, "Unreadable": 0, "settle": 1, "refuse": 1, "release": 2}.get(called)
            if position is None or len(node.args) <= position:
                continue
            if called in ("settle", "release"):
                state = node.args[position - 1]
                if not (isinstance(state, ast.Name) and state.id == "REFUSED"):
                    continue
            argument = node.args[position]
            code = known.get(argument.id) if isinstance(argument, ast.Name) else getattr(argument, "value", None)
            if isinstance(code, str):
                found[code] = f"{path.name}:{node.lineno}"
    return found


def nodes(tree: dict[str, Node]) -> Iterator[Leaf | Block]:
    for node in tree.values():
        for option in node.options if isinstance(node, Alternatives) else (node,):
            yield option
            yield from nodes(option.children) if isinstance(option, Block) else option.attributes.values()


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    made = raised()
    assert len(made) > 20
    assert {code: place for code, place in made.items() if code not in entries()} == {}


def test_every_code_of_a_value_check_is_in_the_catalogue() -> None:
    tree = ast.parse((PACKAGE / "mapping" / "check_value.py").read_text())
    codes = {text for text in constants(tree) if CODE.match(text)}
    assert len(codes) > 5
    assert codes - set(entries()) == set()


def of_the_mapping() -> set[str]:
    """Codes that the mapping itself tells: of a value without a place, and of what is left behind."""
    mapping = load_mapping()
    told = {node.otherwise.finding for node in nodes(mapping.dossier) if isinstance(node, Leaf)}
    return {code for code in told | {entry.finding for entry in mapping.dropped} if code}


def test_every_code_of_the_mapping_is_in_the_catalogue() -> None:
    assert of_the_mapping() - set(entries()) == set()


def test_no_code_of_the_catalogue_is_dead() -> None:
    words = {text for path, tree in trees() if "findings" not in path.parts for text in constants(tree)}
    assert set(entries()) - words - of_the_mapping() == set()


def test_every_reason_that_is_used_exists_and_none_is_dead() -> None:
    mapping = load_mapping()
    used = {node.reason for node in nodes(mapping.dossier)} | {entry.reason for entry in mapping.dropped}
    used |= {node.otherwise.drop for node in nodes(mapping.dossier) if isinstance(node, Leaf)}
    used |= {item.reason for profile in shipped_profiles() for item in profile.model.ignored}
    used -= {None}
    assert used - set(reasons()) == set()
    words = {text for path, tree in trees() if "findings" not in path.parts for text in constants(tree)}
    assert set(reasons()) - used - words == set()


def test_reasons_in_the_files_are_those_of_the_model() -> None:
    """A net under the test above: every `reason:` in the YAML text, also in places the model might not look at."""
    for path in [mappings_dir() / "dod-oso.yaml", *(mappings_dir() / "sources").glob("*.yaml")]:
        keys = set(re.findall(r"(?<!\w)reason: ([a-z-]+)(?=[,}\s])", path.read_text()))
        keys -= {"een", "het"}  # a default gives its reason in words
        assert keys <= set(reasons()), path.name


def test_entries_say_what_to_do_in_both_languages_and_hold_no_value() -> None:
    for code, found in entries().items():
        assert CODE.match(code)
        assert found.severity in SEVERITIES
        assert found.layer in ("export", "source", "mapping", "supplement", "oso")
        for text in (found.nl, found.en, found.remedy_nl, found.remedy_en):
            assert text.strip() and text.endswith("."), code
            assert "{" not in text, code
        assert found.nl != found.en and found.remedy_nl != found.remedy_en
        assert entry(code) is found
    for key, why in reasons().items():
        assert why.nl.endswith(".") and why.en.endswith("."), key
        assert reason(key) is why


@pytest.mark.parametrize(("look_up", "name"), [(entry, "onzin"), (reason, "onzin")])
def test_an_unknown_key_is_a_bug(look_up, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyError):
        look_up(name)


def test_what_the_law_forbids_is_told_apart() -> None:
    assert {key for key, why in reasons().items() if why.legal} == {
        "wet", "profiel", "geheim-adres", "geheim-nummer", "toetsvenster", "bezwaar", "bewaartermijn",
        "toestemming-alleen-uit-aanvulling",
    }  # fmt: skip


# --- the balance ---


def test_a_balance_adds_up_or_is_an_error() -> None:
    good = Balance(source_values=10, mapped=4, dropped=3, unmapped=2, refused=1, lossy=4)
    good.verify("a")
    total = Balance()
    total.add(good)
    total.add(good)
    assert total.as_dict() == {name: 2 * n for name, n in good.as_dict().items()}
    assert Balance.from_dict(total.as_dict()) == total
    for wrong in ({"mapped": 5}, {"source_values": 9}, {"refused": 0}, {"lossy": 5}):
        with refused(BalanceError, "balance-wrong", name="de proef"):
            Balance.from_dict(good.as_dict() | wrong).verify("de proef")


# --- errors ---


def test_errors_survive_a_trip_between_processes() -> None:
    import pickle

    for kind in (UsageError, ConfigurationError, BalanceError, Dod2osoError, ExportError):
        error = pickle.loads(pickle.dumps(kind("file-absent", file="x.csv")))  # noqa: S301
        assert (type(error), error.code) == (kind, "file-absent")
        assert error.text("en") == "x.csv: this file does not exist." and error.text("nl") == str(error)
        assert error.exit_code == kind.exit_code


def test_exit_codes_are_those_of_the_interface() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0, "BUG": 1, "USAGE": 2, "FINDINGS": 3, "EXPORT_UNREADABLE": 4, "CONFIGURATION": 5, "CHECKER_FAILED": 6,
        "HANDED_OVER_PARTLY": 7, "TRY_LATER": 75, "INTERRUPTED": 130,
    }  # fmt: skip
