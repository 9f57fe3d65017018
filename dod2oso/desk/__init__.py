"""The work in a browser on one's own machine. No logic of its own: every page calls what a command calls."""
