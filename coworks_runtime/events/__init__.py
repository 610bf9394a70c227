"""Lambda events as WSGI environs, and WSGI answers as what the event's sender expects."""

from coworks_runtime.events.codec import Codec, MalformedEvent
from coworks_runtime.events.shapes import EXPECTED, codec_of
from coworks_runtime.events.token import MethodArn, is_authorizer_event, parse_arn

__all__ = [
    "EXPECTED",
    "Codec",
    "MalformedEvent",
    "MethodArn",
    "codec_of",
    "is_authorizer_event",
    "parse_arn",
]
