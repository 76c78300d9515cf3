"""``python -m equiwait``: the command line, for machines where scripts are not on the path."""

import sys

from equiwait.cli import main

if __name__ == "__main__":
    sys.exit(main())
