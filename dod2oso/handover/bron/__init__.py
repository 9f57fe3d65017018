"""The built-in source system (bronsysteem): receivers fetch staged dossiers here. See docs/overdragen.md."""
