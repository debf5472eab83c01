"""`python -m sendoff` is `sendoff`."""

from sendoff.cli.main import main

main()
