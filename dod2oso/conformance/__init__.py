"""Test dossiers with what must be said of each, for whoever builds a system that reads OSO dossiers."""
