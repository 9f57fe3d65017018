"""Who takes ready dossiers: the outbox on disk and the gateway over HTTP."""
