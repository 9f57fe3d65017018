"""The section [handover] of dod2oso.toml. Paths are relative to that file; see docs/overdragen.md for an example."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from dod2oso.base.models import Strict
from dod2oso.handover.bron.config import Bron

# whether the receiver can recognise a repeat: by its Idempotency-Key, when asked after it, or not at all
Repeats = Literal["recognised", "asked", "unknown"]


class Tls(Strict):
    """Who we are and whom we trust. `certificate` is PKCS#12 (.p12, .pfx) or PEM; a PEM key may stand apart."""

    ca: Path  # the only authorities we trust, PEM; those of the machine are not used
    certificate: Path
    key: Path | None = None
    passphrase_file: Path | None = None  # absent: it is asked for when it is needed

    @model_validator(mode="after")
    def _key_with_pem(self) -> "Tls":
        if self.key is not None and self.is_pkcs12:
            raise ValueError("key: a PKCS#12 file holds its key already")
        return self

    @property
    def is_pkcs12(self) -> bool:
        return self.certificate.suffix.lower() in (".p12", ".pfx")


class Http(Strict):
    """A gateway that takes dossiers by POST."""

    url: str
    repeats: Repeats = "unknown"
    attempts: int = Field(default=5, ge=1, le=20)  # for one dossier, in one command
    timeout_seconds: float = Field(default=60, gt=0, le=3600)  # of silence; not of the whole exchange

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        if not url.startswith("https://") or "@" in url or "?" in url or "#" in url:
            raise ValueError("an https:// address without account, ? or #")
        return url.rstrip("/")


class Handover(Strict):
    """Everything about handing over."""

    sender: str = "outbox"  # a name of senders/registry.py
    expires_after_days: int = Field(default=365, ge=0)  # a staged dossier that nobody fetched; 0: never
    only_inspected: bool = False  # what parents did not inspect as it is now waits (`dod2oso inspection`)
    tls: Tls | None = None
    http: Http | None = None
    bron: Bron | None = None

    @field_validator("sender")
    @classmethod
    def _known(cls, name: str) -> str:
        from dod2oso.handover.senders.registry import sender_kinds  # registering needs these settings

        if name not in sender_kinds():
            raise ValueError(f"one of: {', '.join(sender_kinds())}")
        return name

    @model_validator(mode="after")
    def _complete(self) -> "Handover":
        if self.sender == "http" and (self.http is None or self.tls is None):
            raise ValueError("sender http needs the sections handover.http and handover.tls")
        if self.bron is not None and self.tls is None:
            raise ValueError("the source (bron) needs the section handover.tls")
        return self
