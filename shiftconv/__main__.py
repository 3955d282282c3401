"""``python -m shiftconv`` is the ``shiftconv`` command."""

from shiftconv.cli import main

if __name__ == "__main__":
    main()
