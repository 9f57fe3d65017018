"""What goes out: the OSO dossier in six versions (catalogue, code lists, schema, writer, rules)."""
