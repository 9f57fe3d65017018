"""The section [handover.bron] of dod2oso.toml: the built-in source system."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from dod2oso.base.brin import is_brin
from dod2oso.base.models import Strict


def _brin(text: str) -> str:
    if not is_brin(text):
        raise ValueError("a BRIN has two digits and two capitals")
    return text


def _point(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Z]{1,20}", text):
        raise ValueError("an aanleverpunt is an index or a routeringskenmerk of at most 20 characters")
    return text


def _https(url: str) -> str:
    if not url.startswith("https://") or "@" in url or "#" in url:
        raise ValueError("an https:// address without account or #")
    return url


Brin = Annotated[str, AfterValidator(_brin)]
Point = Annotated[str, AfterValidator(_point)]


class Bron(Strict):
    """How we serve. `certificates` says which certificates may speak for a receiving school.

    How a source must compare the certificate of a receiver with its BRIN is not public. So the school board says it:
    per BRIN the serialNumber (OIN) in the Subject of the certificates of its supplier. Without an entry a school gets
    nothing, unless `certificate_check` leaves it to the Traffic Center.
    """

    listen: str = Field(default="127.0.0.1:8443", pattern=r"^[0-9A-Za-z.:\[\]-]*:[0-9]{1,5}$")
    traffic_center: Annotated[str, AfterValidator(_https)]
    protocols: tuple[str, ...] = ("22",)
    wire: tuple[Path, ...] = ()
    older_dossiers: tuple[str, ...] = ()  # OSO versions to deliver though the protocol goes with later ones
    aanleverpunten: dict[Brin, Point]  # our own, by BRIN
    samenwerkingsverbanden: dict[Brin, Point] = {}  # the aanleverpunt of the SWV that a school hands over to
    certificate_check: Literal["pinned", "traffic-center"] = "pinned"
    certificates: dict[Brin, tuple[str, ...]] = {}
    search_key: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")  # module:function, see bron/searchkey.py
    search_key_file: Path | None = None
    request_seconds: float = Field(default=10, gt=0, le=300)  # for a whole request to come in
    answer_seconds: float = Field(default=120, gt=0, le=3600)  # for a whole answer to go out
    traffic_center_seconds: float = Field(default=10, gt=0, le=300)
    notify_seconds: float = Field(default=60, ge=0, le=86400)  # how often receivers are told; 0: never
    max_connections: int = Field(default=2000, ge=1, le=100_000)

    @model_validator(mode="after")
    def _someone(self) -> "Bron":
        if not self.aanleverpunten:
            raise ValueError("aanleverpunten: at least one school")
        if self.certificate_check == "pinned" and not self.certificates:
            raise ValueError("certificates: say which certificate belongs to which receiving school")
        return self

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
