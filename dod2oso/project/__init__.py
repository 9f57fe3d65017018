"""A project folder: where exports and filled-in workbooks are dropped, and the settings under which they are converted.

Knows runs, reports and workbooks only from above: it puts together what those are asked for.
"""
