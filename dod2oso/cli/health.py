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
from dod2oso.base.clock import now, run_date
from dod2oso.base.disk import on_network, too_deep
from dod2oso.base.errors import Dod2osoError
from dod2oso.base.pseudonym import KEY_FILE, key_in_sight
from dod2oso.base.texts import Text
from dod2oso.cli.settings import Settings, load_settings
from dod2oso.oso.versions import newest, outdated

Level = Literal["ok", "note", "warning", "error"]

EXPIRES_SOON = timedelta(days=30)  # a new PKIoverheid certificate takes weeks to get
LITTLE_SPACE = 2 << 30  # a region of 20,000 dossiers with report and outbox takes about a gigabyte
EXTRAS = {
    "official": ("saxonche",),
    "open": ("aiohttp", "cryptography"),
    "postgres": ("psycopg",),
    "sender": ("cryptography", "httpx", "stamina", "aiohttp"),
}


class Check(NamedTuple):
    """One thing that was looked at; `text` says what was seen and, where it is not well, what to do."""

    name: str
    level: Level
    text: Text


def examine(out_dir: Path, ledger: str, config: Path | None) -> list[Check]:
    """Everything, in the order in which a person would mend it."""
    checks = [_versions(), _compiled(), *_extras(), _oso(), _disk(out_dir), *_place(out_dir, ledger)]
    try:
        settings = load_settings(config)
    except Dod2osoError as error:
        checks.append(Check("settings", "error", error.message))
        settings = Settings()
    return [*checks, *_environment(), _ledger(out_dir, ledger), *_certificates(settings)]


def _versions() -> Check:
    import lxml.etree

    libxml = ".".join(map(str, lxml.etree.LIBXML_VERSION))
    versions = (
        f"dod2oso {dod2oso.__version__}, Python {platform.python_version()}, lxml {lxml.etree.__version__} "
        f"(libxml2 {libxml}), SQLite {sqlite3.sqlite_version}, {platform.system()}"
    )
    return Check(
        "versions", "ok" if sys.version_info >= (3, 11) else "error", Text("doctor-versions", versions=versions)
    )


def _compiled() -> Check:
    from dod2oso.source import walk

    if walk.__file__.endswith(".py"):
        return Check("compiled", "note", Text("doctor-compiled-not"))
    return Check("compiled", "ok", Text("doctor-compiled"))


def _extras() -> Iterator[Check]:
    for extra, modules in EXTRAS.items():
        absent = [module for module in modules if find_spec(module) is None]
        if absent:
            how = f"pip install 'dod2oso[{extra}]'"
            yield Check(f"extra {extra}", "note", Text("doctor-extra-absent", how=how))
        else:
            yield Check(f"extra {extra}", "ok", Text("doctor-extra-present"))


def _oso() -> Check:
    """Is the newest OSO version that is known here the one of this school year?"""
    try:
        name = newest()
        notice = outdated(name, run_date(None))
    except Dod2osoError as error:
        return Check("oso", "error", error.message)
    if notice is not None:
        return Check("oso", "warning", notice)
    return Check("oso", "ok", Text("doctor-oso", version=name))


def _disk(out_dir: Path) -> Check:
    above = next(path for path in (out_dir, *out_dir.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(above).free
    size = f"{free / (1 << 30):.1f} GB"
    if not os.access(above, os.W_OK):
        return Check("disk", "error", Text("doctor-disk-read-only"))
    if free < LITTLE_SPACE:
        return Check("disk", "warning", Text("doctor-disk-little", size=size))
    return Check("disk", "ok", Text("doctor-disk", size=size))


def _place(out_dir: Path, ledger: str) -> Iterator[Check]:
    """What is to be known of where the output folder lies; nothing where nothing is."""
    if not ledger and on_network(out_dir):
        yield Check("place", "warning", Text("disk-on-network"))
    if mode := key_in_sight(out_dir):
        yield Check("key", "warning", Text("key-in-sight", file=KEY_FILE, mode=mode))
    if over := too_deep(out_dir):
        yield Check("place", "warning", Text("doctor-too-deep", over=over))


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
            Text("doctor-environment", names=names),
        )  # fmt: skip
    if os.environ.get("SOURCE_DATE_EPOCH"):
        yield Check("environment", "note", Text("doctor-source-date"))


def _ledger(out_dir: Path, ledger: str) -> Check:
    from dod2oso.ledger.handovers import states
    from dod2oso.ledger.safety import check
    from dod2oso.ledger.store import Ledger

    try:
        with Ledger.open(ledger or out_dir, out_dir, create=False) as opened:
            check(opened)
            found = states(opened)
    except Dod2osoError as error:  # a folder in which nothing was done yet is no error
        return Check("ledger", "note" if error.code == "ledger-absent" and not ledger else "error", error.message)
    attention = {state: found[state] for state in ("sent-unknown", "refused", "recall") if state in found}
    if attention:
        counts = ", ".join(f"{n} {state}" for state, n in attention.items())
        return Check(
            "ledger", "warning", Text("doctor-ledger-waiting", counts=counts),
        )  # fmt: skip
    return Check("ledger", "ok", Text("doctor-ledger"))


def _certificates(settings: Settings) -> Iterator[Check]:
    tls = settings.handover.tls
    if tls is None:
        return
    if find_spec("cryptography") is None:
        yield Check("certificates", "warning", Text("doctor-no-sender"))
        return
    from dod2oso.handover.tls import expiries, purposes

    for path in filter(None, (tls.key, tls.passphrase_file)):
        if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
            yield Check(f"file {path.name}", "warning", Text("doctor-file-open"))
    try:
        found = expiries(tls)
    except Dod2osoError as error:
        yield Check("certificates", "error", error.message)
        return
    lacking = purposes(tls)
    if "call" in lacking:
        yield Check(f"certificate {tls.certificate.name}", "error", Text("doctor-certificate-not-to-call"))
    if "be-called" in lacking and settings.handover.bron is not None:
        yield Check(f"certificate {tls.certificate.name}", "error", Text("doctor-certificate-not-to-serve"))
    for file, ends in found:
        name = f"certificate {file}"
        if ends is None:
            yield Check(name, "note", Text("doctor-certificate-closed"))
        elif ends < now():
            yield Check(name, "error", Text("doctor-certificate-expired", ends=ends))
        elif ends < now() + EXPIRES_SOON:
            yield Check(name, "warning", Text("doctor-certificate-soon", ends=ends))
        else:
            yield Check(name, "ok", Text("doctor-certificate", ends=ends))
