"""How large a container may be. Each limit is named in the message of whoever breaks it.

They are far above what a region delivers and far below what a school laptop can bear. What is really read counts, not
what a header says.
"""

MAX_MEMBERS = 100_000  # files and folders in one zip
MAX_DIRECTORY_BYTES = 32 << 20  # the list of files in one zip
MAX_MEMBER_BYTES = 4 << 30  # one file in a zip, unpacked
MAX_UNPACKED_BYTES = 64 << 30  # all files in one zip together, unpacked
MAX_RATIO = 250  # unpacked bytes per byte in the zip; XML of pupils has 10 to 60
RATIO_FREE_BYTES = 8 << 20  # below this the ratio says nothing and does no harm
MAX_DEPTH = 2  # a zip, and a zip in that zip
MAX_NESTED_BYTES = 256 << 20  # a zip in a zip stands in memory while it is read
MAX_SPREADSHEET_BYTES = 512 << 20  # what is in a spreadsheet, unpacked: its reader takes it whole
MAX_NAME = 1_000  # characters of a path in a zip
MAX_NAME_PART = 255  # characters of one folder or file name in it
MAX_PINS = 1_000  # PINs that are tried
MAX_PIN = 1_000  # characters of one PIN


def amount(size: int) -> str:
    """A number of bytes for a message, in the largest unit that fits."""
    for unit in ("GB", "MB", "kB"):
        scale = {"GB": 30, "MB": 20, "kB": 10}[unit]
        if size >= 1 << scale:
            return f"{size >> scale} {unit}"
    return f"{size} bytes"
