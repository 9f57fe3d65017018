"""The ledger: what was converted, what came of it, what was handed over. Never a personal value."""
