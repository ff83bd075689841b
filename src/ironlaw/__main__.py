"""`python -m ironlaw` is the command `ironlaw`."""

from ironlaw.cli.main import main

main()
