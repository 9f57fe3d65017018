"""What `import dod2oso` offers to other programmes: STABILITY.md promises it, docs/python.md shows it.

A module per question; each calls what a command calls, and nothing is decided here.
"""
