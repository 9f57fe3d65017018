"""What can be said about a value or a dossier: the catalogue, the balance, the outcome of one record."""
