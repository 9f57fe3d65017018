"""The receiving side: OSO dossiers of any version taken in, judged, shown, made into tables and compared."""
