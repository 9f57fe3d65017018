"""Exports as records in dictionary names, whatever their format."""
