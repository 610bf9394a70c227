"""``python -m coworks_runtime.cws``: the ``cws`` command where no script is installed."""

from . import main

if __name__ == "__main__":
    main()
