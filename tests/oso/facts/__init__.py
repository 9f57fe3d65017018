"""What the domain notes say about OSO, as far as tests judge by it; written by tools.carried_facts."""

from pathlib import Path

FACTS = Path(__file__).parent
