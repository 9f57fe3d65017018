"""Personal data stays put: pseudonyms and files that only their owner can read."""
