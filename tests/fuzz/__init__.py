"""Broken inputs without end: mutated exports, own files, workbooks, dossiers and bundles, through the readers.

`make fuzz` runs it for as long as one likes; a few hundred are in the suite. What counts: no exception that is not
one of ours, nothing that takes over ten seconds, and bounded memory.
"""
