"""The mapping language: from dictionary fields to the OSO dossier, compiled per version and transfer."""
