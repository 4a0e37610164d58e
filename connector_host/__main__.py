"""`python -m connector_host` is `connector-host`."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
