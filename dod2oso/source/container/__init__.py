"""From what the user names (file, folder, zip, database) to exports: what to read, never extracted to disk."""
