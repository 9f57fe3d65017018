"""`python -m dod2oso`."""

from dod2oso.cli.app import main

main()
