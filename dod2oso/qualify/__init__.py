"""Rehearsing the OSO qualification: kits of scenarios as data, played on a chain of this machine and judged."""
