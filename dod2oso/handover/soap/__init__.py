"""The SOAP envelopes of the built-in source system, made after the descriptions in `wire`."""
