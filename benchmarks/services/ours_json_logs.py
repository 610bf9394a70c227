"""The same service, in a function whose log format is JSON."""

import os

os.environ["AWS_LAMBDA_LOG_FORMAT"] = "JSON"

from ours_service import Service

handler = Service()
