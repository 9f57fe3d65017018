"""Imported by the process that the jobs of the desk are copies of: one conversion makes all that others need too."""

import tempfile
from pathlib import Path

from tests.corpus.kit import convert, pupil, reference, write

with tempfile.TemporaryDirectory() as _folder:
    convert(Path(_folder) / "out", write(Path(_folder) / "a.xml", reference(pupil(1))))
