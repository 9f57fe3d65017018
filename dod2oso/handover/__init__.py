"""Handing ready dossiers to whoever sends them, each exactly once."""
