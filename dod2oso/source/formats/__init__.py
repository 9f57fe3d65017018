"""The source formats there are: one module each, named in `registry.ALL`."""
