"""The ``shiftconv`` command, which is ``python -m shiftconv`` too."""

import sys

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Import the command line, run it and exit; an interruption while it imports is no crash."""
    try:
        from shiftconv.cli import main as run
    except KeyboardInterrupt:
        print("shiftconv: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
