"""dod2oso.toml: defaults without it, every error with its line, paths from where the file stands."""

from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.cli.settings import Settings, load_settings
from tests.refusals import refused

GOOD = """
[handover]
sender = "http"
expires-after-days = 30

[handover.tls]
ca = "certs/ca.pem"
certificate = "certs/us.p12"
passphrase-file = "certs/pass.txt"

[handover.http]
url = "https://gateway.example.org/dossiers/"
repeats = "recognised"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dod2oso.toml"
    path.write_text(text)
    return path


def test_without_a_file_all_is_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings()
    with refused(ConfigurationError, "file-absent"):
        load_settings(tmp_path / "other.toml")


def test_a_good_file_in_the_current_folder_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings == load_settings(path)
    handover = settings.handover
    assert handover.tls is not None and handover.http is not None
    assert handover.tls.ca == tmp_path / "certs/ca.pem"
    assert handover.http.url == "https://gateway.example.org/dossiers"


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('sender = "http"', 'sender = "post"', 3, "handover.sender"),
        ("expires-after-days = 30", "verloopt = 30", 4, "handover.verloopt"),
        ('"https://', '"http://', 12, "handover.http.url"),
        ('"https://gateway', '"https://jan:geheim@gateway', 12, "handover.http.url"),
        ('"recognised"', '"recognised"\n[overdracht]', 14, "overdracht"),
        ('"certs/us.p12"', '"certs/us.p12"\nkey = "x.key"', 6, "handover.tls"),
    ],
)
def test_an_error_names_its_line(tmp_path: Path, old: str, new: str, line: int, key: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_settings(write(tmp_path, GOOD.replace(old, new)))
    assert f"dod2oso.toml:{line}: '{key}'" in error.value.text("nl")
    assert "geheim" not in error.value.text("nl") + error.value.text("en")


@pytest.mark.parametrize("text", ["[handover", "a = 'b", "sender == 1"])
def test_no_toml(tmp_path: Path, text: str) -> None:
    with refused(ConfigurationError, "toml-wrong"):
        load_settings(write(tmp_path, text))


def test_http_needs_its_sections(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"handover\.tls"):
        load_settings(write(tmp_path, '[handover]\nsender = "http"\n'))
