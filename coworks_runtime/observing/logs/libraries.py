"""Libraries that log what they send and get, the callers' and the function's secrets among it."""

from __future__ import annotations

import logging

# At DEBUG: botocore its requests, signed with the function's credentials, and whole answers; hpack
# and httpcore headers; urllib3 queries, with the signatures of URLs.
_TELLING = ("botocore", "hpack", "httpcore", "urllib3")


def keep_secrets_out() -> None:
    """Let these libraries begin at INFO, unless the service has given them a level itself."""
    for name in _TELLING:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
