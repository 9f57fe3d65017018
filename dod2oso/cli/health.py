"""Looks whether this machine and this output folder are fit for work; says what to do where they are not."""

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import dod2oso
from dod2oso.base.clock import now
from dod2oso.base.errors import Dod2osoError
from dod2oso.cli.settings import Settings, load_settings

Level = Literal["ok", "note", "warning", "error"]

EXPIRES_SOON = timedelta(days=30)  # a new PKIoverheid certificate takes weeks to get
LITTLE_SPACE = 2 << 30  # LITTLE_SPACE: a region of 20,000 dossiers with report and outbox takes about a gigabyte
EXTRAS = {
    "official": ("saxonche",),
    "postgres": ("psycopg",),
    "sender": ("cryptography", "httpx", "stamina", "aiohttp"),
}


class Check(NamedTuple):
    """One thing that was looked at; `en` and `nl` say what was seen and, where it is not well, what to do."""

    name: str
    level: Level
    nl: str
    en: str


def examine(out_dir: Path, ledger: str, config: Path | None) -> list[Check]:
    """Everything, in the order in which a person would mend it."""
    checks = [_versions(), *_extras(), _disk(out_dir)]
    try:
        settings = load_settings(config)
    except Dod2osoError as error:
        checks.append(Check("settings", "error", error.text("nl"), error.text("en")))
        settings = Settings()
    return [*checks, *_environment(), _ledger(out_dir, ledger), *_certificates(settings)]


def _versions() -> Check:
    import lxml.etree

    libxml = ".".join(map(str, lxml.etree.LIBXML_VERSION))
    text = (
        f"dod2oso {dod2oso.__version__}, Python {platform.python_version()}, lxml {lxml.etree.__version__} "
        f"(libxml2 {libxml}), SQLite {sqlite3.sqlite_version}, {platform.system()}"
    )
    return Check("versions", "ok" if sys.version_info >= (3, 11) else "error", text, text)


def _extras() -> Iterator[Check]:
    for extra, modules in EXTRAS.items():
        absent = [module for module in modules if find_spec(module) is None]
        if absent:
            how = f"pip install 'dod2oso[{extra}]'"
            yield Check(f"extra {extra}", "note", f"niet aanwezig; zo nodig: {how}", f"absent; if needed: {how}")
        else:
            yield Check(f"extra {extra}", "ok", "aanwezig", "present")


def _disk(out_dir: Path) -> Check:
    above = next(path for path in (out_dir, *out_dir.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(above).free
    size = f"{free / (1 << 30):.1f} GB"
    if not os.access(above, os.W_OK):
        return Check("disk", "error", "in de uitvoermap mag niet worden geschreven", "the output folder is read-only")
    if free < LITTLE_SPACE:
        return Check("disk", "warning", f"nog {size} vrij: dat is weinig", f"{size} free: that is little")
    return Check("disk", "ok", f"{size} vrij", f"{size} free")


def _environment() -> Iterator[Check]:
    """Variables that people set for other programs and expect to work here too."""
    present = [
        name for name in ("HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
        if os.environ.get(name)
    ]  # fmt: skip
    if present:
        names = ", ".join(present)
        yield Check(
            "environment", "note",
            f"niet gebruikt: {names}; alleen de CA en het adres uit dod2oso.toml tellen",
            f"not used: {names}; only the CA and the address in dod2oso.toml count",
        )  # fmt: skip
    if os.environ.get("SOURCE_DATE_EPOCH"):
        nl = "SOURCE_DATE_EPOCH bepaalt de datum in de dossiers"
        yield Check("environment", "note", nl, "SOURCE_DATE_EPOCH sets the date in the dossiers")


def _ledger(out_dir: Path, ledger: str) -> Check:
    from dod2oso.ledger.handovers import states
    from dod2oso.ledger.safety import check
    from dod2oso.ledger.store import Ledger

    try:
        with Ledger.open(ledger or out_dir, out_dir, create=False) as opened:
            check(opened)
            found = states(opened)
    except Dod2osoError as error:
        absent = not ledger and not (out_dir / "ledger.sqlite").exists()
        return Check("ledger", "note" if absent else "error", error.text("nl"), error.text("en"))
    attention = {state: found[state] for state in ("sent-unknown", "refused", "recall") if state in found}
    if attention:
        counts = ", ".join(f"{n} {state}" for state, n in attention.items())
        return Check(
            "ledger", "warning", f"in orde; wacht op een mens: {counts} (zie 'dod2oso handover status')",
            f"sound; waiting for a person: {counts} (see 'dod2oso handover status')",
        )  # fmt: skip
    return Check("ledger", "ok", "in orde", "sound")


def _certificates(settings: Settings) -> Iterator[Check]:
    tls = settings.handover.tls
    if tls is None:
        return
    if find_spec("cryptography") is None:
        nl, en = "niet bekeken: de extra 'sender' ontbreekt", "not looked at: the extra 'sender' is absent"
        yield Check("certificates", "warning", nl, en)
        return
    from dod2oso.handover.tls import expiries

    for path in filter(None, (tls.key, tls.passphrase_file)):
        if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
            nl, en = "anderen kunnen dit bestand lezen: chmod 600", "others can read this file: chmod 600"
            yield Check(f"file {path.name}", "warning", nl, en)
    try:
        found = expiries(tls)
    except Dod2osoError as error:
        yield Check("certificates", "error", error.text("nl"), error.text("en"))
        return
    for file, ends in found:
        name = f"certificate {file}"
        if ends is None:
            nl = "niet bekeken: daarvoor is het wachtwoord nodig (passphrase-file)"
            yield Check(name, "note", nl, "not looked at: that needs the passphrase (passphrase-file)")
        elif ends < now():
            yield Check(name, "error", f"verlopen op {ends:%d-%m-%Y}: vraag een nieuw", f"expired on {ends:%Y-%m-%d}")
        elif ends < now() + EXPIRES_SOON:
            nl = f"verloopt op {ends:%d-%m-%Y}: vraag nu een nieuw aan"
            yield Check(name, "warning", nl, f"expires on {ends:%Y-%m-%d}: request a new one now")
        else:
            yield Check(name, "ok", f"geldig tot {ends:%d-%m-%Y}", f"valid until {ends:%Y-%m-%d}")
