"""The gap report: one model out of the ledger, rendered as HTML, CSV and JSON with the same numbers."""
