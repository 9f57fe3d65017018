"""A process that dies leaves no memory behind."""

import subprocess
import sys

import pytest

SHOW = """
from dod2oso.base.process import keep_memory_private
keep_memory_private()
import ctypes, resource
print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="core dumps are those of Linux here")
def test_no_core_dump_can_be_made() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]  # PR_GET_DUMPABLE
