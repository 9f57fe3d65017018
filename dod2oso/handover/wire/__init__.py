"""The wire descriptions: what the messages of OSO look like, per protocol year, with how certain each part is."""
