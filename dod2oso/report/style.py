"""House style: the name, colour and logo of whoever shares the report, from the table [report] of dod2oso.toml.

A colour is made darker on white and lighter on black until text in it can be read (WCAG: contrast 4.5).
"""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.settings_file import read_settings

MAX_LOGO = 256 * 1024  # bytes; it is in the page itself
_KEYS = {"organisation", "colour", "logo"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_CONTRAST = 4.5
_LIGHT, _DARK = "#f7f6f2", "#1b2128"  # the grounds of the style sheet
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class HouseStyle:
    """What to show; "" is: nothing of its own. Colours are `#rrggbb`, the logo is a data: address."""

    organisation: str = ""
    colour: str = ""
    colour_dark: str = ""
    logo: str = ""


PLAIN = HouseStyle()


def load_style(file: Path | None = None) -> HouseStyle:
    """The house style of a file, or of dod2oso.toml in the current folder if there is one.

    ConfigurationError when the file, a key, a colour or the logo is wrong.
    """
    read = read_settings(file)
    if read is None:
        return PLAIN
    path, table = read.path, read.tables.get("report", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ConfigurationError("style-no-texts", file=path.name)
    if unknown := sorted(set(table) - _KEYS):
        keys = ", ".join(sorted(_KEYS))
        raise ConfigurationError("style-key-unknown", file=path.name, key=unknown[0], known=keys)
    colour = table.get("colour", "")
    if colour and not _COLOUR.match(colour):
        raise ConfigurationError("style-colour", file=path.name)
    return HouseStyle(
        organisation=table.get("organisation", ""),
        colour=readable(colour, _LIGHT) if colour else "",
        colour_dark=readable(colour, _DARK) if colour else "",
        logo=_logo(path, path.parent / table["logo"]) if table.get("logo") else "",
    )


def readable(colour: str, ground: str) -> str:
    """The colour, moved away from the ground in small steps until text in it can be read."""
    towards = 0.0 if _luminance(_channels(ground)) > 0.5 else 255.0
    channels = _channels(colour)
    while contrast("#{:02x}{:02x}{:02x}".format(*map(round, channels)), ground) < _CONTRAST:
        channels = tuple(channel + (towards - channel) * 0.08 for channel in channels)
    return "#{:02x}{:02x}{:02x}".format(*map(round, channels))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    light, dark = sorted((_luminance(_channels(one)), _luminance(_channels(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def _luminance(channels: tuple[float, ...]) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _logo(config: Path, path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigurationError("style-logo-absent", file=config.name) from None
    kind = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), "")
    if not kind or len(data) > MAX_LOGO:
        raise ConfigurationError("style-logo-wrong", file=config.name, limit=MAX_LOGO // 1024)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
