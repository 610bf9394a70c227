"""Whether a service's next OpenAPI document breaks those who call it by the last one. Pure."""

from .documents import breaking_changes

__all__ = ["breaking_changes"]
