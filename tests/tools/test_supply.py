"""What dod2oso is made of: the bill of materials, the judged licences, and advisories that are honest about silence."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import advisories, packages_reference, sbom
from tools.supply import BASE, ROOT, Judged, Judgements, asked, judgements, locked, parts

_FAMILIES = {
    "MIT": r"\bMIT\b|\bMIT-", "BSD": r"\b0?BSD\b", "Apache": r"\bApache", "PSF": r"\bPSF|Python Software Foundation",
    "MPL": r"\bMPL|Mozilla", "LGPL": r"\bLGPL|Lesser", "GPL": r"(?<!L)\bGPL|GNU General", "ISC": r"\bISC",
    "Zlib": r"\bZlib", "CC0": r"\bCC0", "Public Domain": r"Public[ -]Domain",
}  # fmt: skip


def families(text: str) -> set[str]:
    return {name for name, pattern in _FAMILIES.items() if re.search(pattern, text)}


def stated(name: str) -> set[str]:
    """What the installed package says of itself: the expression where it has one, for that is what it means."""
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return families(expression)
    classifiers = [one for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    return families((told.get("License") or "")[:200]) | families(" ".join(classifiers))


def test_bill_of_materials_is_that_of_the_lock() -> None:
    assert sbom.FILE.read_text("utf-8") == sbom.document(), "run: python -m tools.sbom"


def test_bill_of_materials_is_valid_and_holds_every_package_hash_and_need() -> None:
    text = sbom.FILE.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill, brought = json.loads(text), parts(locked())
    product = [package for package in locked() if package.name in brought]
    rows = {row["purl"]: row for row in bill["components"]}
    assert set(rows) == {f"pkg:pypi/{package.name}@{package.version}" for package in product}
    for package in product:
        row = rows[f"pkg:pypi/{package.name}@{package.version}"]
        digests = {one["content"] for one in row["externalReferences"][0]["hashes"]}
        assert digests == set(package.hashes) and digests
        assert row["licenses"] and row["scope"] == ("required" if BASE in brought[package.name] else "optional")
    needs = {row["ref"]: set(row.get("dependsOn", ())) for row in bill["dependencies"]}
    direct = {ref.removeprefix("pkg:pypi/").split("@")[0] for ref in needs["dod2oso"]}
    assert direct >= set().union(*asked().values())
    assert set().union(*needs.values()) == set(rows)


def test_every_package_of_the_lock_is_judged_and_no_other() -> None:
    assert set(judgements().packages) == {package.name for package in locked()}


def test_page_of_packages_is_up_to_date() -> None:
    assert packages_reference.PAGE.read_text("utf-8") == packages_reference.page(), (
        "run: python -m tools.packages_reference"
    )


def test_what_is_remarkable_has_a_reason_and_nothing_else() -> None:
    data, brought = judgements(), parts(locked())
    for name, judged in data.packages.items():
        assert bool(packages_reference.remarkable(judged, data.looked)) == bool(judged.why), name
        assert bool(judged.newest) == (name in brought), name


def test_an_installed_package_says_of_itself_what_was_judged() -> None:
    for name, judged in judgements().packages.items():
        try:
            says = stated(name)
        except metadata.PackageNotFoundError:
            continue  # for another machine
        if judged.stated:
            assert says and says <= families(judged.licence), name
        else:
            assert not says, f"{name} states a licence by now"


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (Judged(licence="MIT", newest="2026-01"), []),
        (Judged(licence="GPL-3.0-or-later"), ["copyleft"]),
        (Judged(licence="AGPL-3.0-only OR MPL-2.0"), ["copyleft"]),
        (Judged(licence="MIT OR GPL-3.0-or-later"), []),
        (Judged(licence="MIT AND MPL-2.0"), ["copyleft"]),
        (Judged(licence="MIT", newest="2024-10"), ["al lang geen nieuwe versie"]),
        (Judged(licence="MIT", newest="2024-11"), []),
        (Judged(licence="MIT", stated=False), ["noemt zelf geen of een andere licentie"]),
    ],
)
def test_what_needs_a_reason(judged: Judged, words: list[str]) -> None:
    assert packages_reference.remarkable(judged, "2026-11") == words


def test_a_package_that_only_developers_need_is_not_in_the_product() -> None:
    brought = parts(locked())
    assert {"pytest", "hypothesis", "pip-audit", "playwright"}.isdisjoint(brought)
    assert brought["saxonche"] == {"official"} and BASE in brought["lxml"]


class Osv(BaseHTTPRequestHandler):
    """Answers as the OSV service does: one package is known to be vulnerable."""

    def do_POST(self) -> None:
        asked_for = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        when, until = "2026-01-01T00:00:00Z", [{"introduced": "0"}, {"fixed": "2.0"}]
        where = {"package": {"name": "bad", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": until}]}
        found = {"id": "OSV-1", "modified": when, "published": when, "summary": "bad", "affected": [where]}
        body = json.dumps({"vulns": [found]} if asked_for["package"]["name"] == "bad" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def lock(folder: Path, *packages: str) -> Path:
    path = folder / "a.lock"
    lines = [f"{package} \\\n    --hash=sha256:{'0' * 64}\n    # via dod2oso (pyproject.toml)" for package in packages]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ask(path: Path, url: str, cache: Path) -> int:
    return advisories.main(["--lock", str(path), "--", "-s", "osv", "--osv-url", url, "--cache-dir", str(cache)])


def test_advisories_name_what_is_vulnerable_also_for_other_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = "mars" if sys.platform != "mars" else "venus"
    path = lock(
        tmp_path, "good==1.0", f"bad==1.0 ; sys_platform == '{elsewhere}'", f"bad==1.1 ; sys_platform != '{elsewhere}'"
    )
    with served() as url:
        assert ask(path, url, tmp_path) == advisories.VULNERABLE
    said = capsys.readouterr().out
    assert "bad 1.0: OSV-1; mended in 2.0" in said and "bad 1.1: OSV-1" in said
    assert "3 packages: 2 known to be vulnerable, 0 not known." in said


def test_advisories_without_anything_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served() as url:
        assert ask(lock(tmp_path, "good==1.0"), url, tmp_path) == advisories.SAFE
    assert "1 packages: 0 known to be vulnerable, 0 not known." in capsys.readouterr().out


def test_advisories_that_cannot_be_reached_are_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served() as url:
        pass  # nobody listens there any more
    assert ask(lock(tmp_path, "good==1.0"), url, tmp_path) == advisories.NOT_KNOWN
    said = capsys.readouterr().out
    assert said.startswith("Not known") and "0 known" not in said


def test_a_package_that_was_not_asked_never_counts_as_safe(capsys: pytest.CaptureFixture[str]) -> None:
    packages = locked("one==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\ntwo==2.0 \\\n    --hash=sha256:" + "0" * 64)
    answers = [{"name": "one", "version": "1.0", "vulns": []}, {"name": "two", "skip_reason": "not found"}]
    assert advisories._judge(packages, answers) == advisories.NOT_KNOWN
    assert advisories._judge(packages, answers[:1]) == advisories.NOT_KNOWN
    assert advisories._judge([], []) == advisories.NOT_KNOWN
    assert "two 2.0: not asked (not found)" in capsys.readouterr().out


def test_packages_yaml_refuses_words_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="extra"):
        Judgements.model_validate({"looked": "2026-11", "packages": {"a": {"license": "MIT"}}})


def test_a_release_is_checked_built_twice_attested_and_runs_only_what_exists() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    jobs = yaml.safe_load(workflow)["jobs"]
    assert jobs["build"]["needs"] == "check" and set(jobs["publish"]["needs"]) == {"build", "attest"}
    assert jobs["onefile"]["needs"] == "check" and jobs["attest"]["needs"] == "onefile"
    for step in ("make advisories", "bash .ci/run", "cmp ", "attest-build-provenance", "attest-sbom"):
        assert step in workflow, step
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"\bmake ([a-z]+)", workflow))
    writing = {name for name, job in jobs.items() if "write" in job["permissions"].values()}
    assert writing == {"build", "attest", "publish"}, "a job that runs the tests may write nothing"
