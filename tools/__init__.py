"""What writes the documentation and the samples; not part of the installed package."""
