"""What would make waiting dossiers ready: known repairs, found per dossier by judging a repaired copy."""
