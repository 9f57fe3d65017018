"""Propose a source profile for an unknown layout: by names, by the kinds of values, and by structure."""
