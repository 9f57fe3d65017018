"""The rules of the official validators, declared in mappings/oso/rules and judged in one pass."""
