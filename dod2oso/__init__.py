"""dod2oso: from a legacy pupil-transfer export to checked OSO dossiers, a gap report and an outbox."""

__version__ = "0.1.0"
