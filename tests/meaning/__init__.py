"""Does a dossier say what the export said? A second, plain way from the reference layout to OSO, written by hand."""
