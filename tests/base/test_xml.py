"""The one place where an XML parser is made."""

import subprocess
import sys

# In a process of its own, since only its first schema matters: as many as there are threads, all at once.
_AT_ONCE = """
import threading
from dod2oso.base import xml
from lxml import etree

at_once = threading.Barrier(16)
compiled = []

def one():
    schema = b'<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="a" type="date"/></schema>'
    root = xml.parse_bytes(schema)
    at_once.wait()
    compiled.append(etree.XMLSchema(root))

threads = [threading.Thread(target=one) for _ in range(16)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(len(compiled))
"""


def test_threads_that_compile_the_first_schemas_at_once_all_get_theirs() -> None:
    for _each in range(8):  # each had two chances in five to show it
        done = subprocess.run([sys.executable, "-c", _AT_ONCE], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "16\n", "")
