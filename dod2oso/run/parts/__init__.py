"""A run in parts, on several machines or on a cluster: who converts what, files of outcomes, and joining those."""
