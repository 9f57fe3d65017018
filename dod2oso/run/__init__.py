"""One run: exports in, dossiers, ledger and report out. `pipeline` is the only place that knows the whole order."""
