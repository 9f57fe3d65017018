"""Unknown layouts: what is in an export, and a first draft of a profile for it."""
