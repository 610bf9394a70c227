"""``python -m coworks_runtime.cws``: the ``cws`` command where no script is installed."""

from . import main

main()
