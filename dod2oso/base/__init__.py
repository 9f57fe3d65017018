"""What every room may use and what knows nothing of dossiers: errors, clock, files, pseudonyms, YAML, XML."""
