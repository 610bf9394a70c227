"""Lambda events as WSGI environs, and WSGI answers as what the event's sender expects."""

from coworks_runtime.events.codec import Codec, MalformedEvent
from coworks_runtime.events.shapes import EXPECTED, codec_of

__all__ = [
    "EXPECTED",
    "Codec",
    "MalformedEvent",
    "codec_of",
]
