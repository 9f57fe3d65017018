"""Why a container or a file in it cannot be read: one code per cause, each with what to do about it in its text.

The codes are explained to users in docs/bestanden.md. A file in a zip is named by its number there, never by its name:
names of attachments are often names of children.
"""

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits

_LIMITS: dict[str, dict[str, object]] = {
    "zip-te-veel-bestanden": {"limit": limits.MAX_MEMBERS},
    "zip-lijst-te-groot": {"limit": limits.amount(limits.MAX_DIRECTORY_BYTES)},
    "zip-te-groot": {"limit": limits.amount(limits.MAX_UNPACKED_BYTES)},
    "zip-lid-te-groot": {"limit": limits.amount(limits.MAX_MEMBER_BYTES)},
    "zip-verhouding": {"limit": limits.MAX_RATIO},
    "zip-te-diep": {"limit": limits.MAX_DEPTH},
    "zip-in-zip-te-groot": {"limit": limits.amount(limits.MAX_NESTED_BYTES)},
    "zip-naam.long": {"whole": limits.MAX_NAME, "part": limits.MAX_NAME_PART},
    "export-te-groot.spreadsheet": {"limit": limits.amount(limits.MAX_SPREADSHEET_BYTES)},
}


def problem(key: str, /, **values: object) -> ExportError:
    """The error with this text; the limit that it names is filled in here."""
    return ExportError(key, **_LIMITS.get(key, {}), **values)


def no_access(kind: str) -> ExportError:
    """A file or folder that the machine does not give; `kind`: of the error, in the machine's own words."""
    return problem("export-geen-toegang", kind=kind)
