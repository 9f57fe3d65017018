"""Exports that are tables: CSV bundles, spreadsheets, fixed width text, databases; each becomes record elements."""
