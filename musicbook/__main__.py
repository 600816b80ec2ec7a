"""``python -m musicbook``: see :mod:`musicbook.service.command`."""

import sys

from musicbook.service.command import main

if __name__ == "__main__":
    sys.exit(main())
