"""The sandbox: an OSO chain on this machine only, to see a source at work. Nothing of it is the real OSO."""
