"""What can be wrong with a template."""

from __future__ import annotations


class NotUnderstood(ValueError):
    """The template uses more of VTL than is known here; found when it is parsed."""


class Failed(ValueError):
    """A template can't go on with the values that it met; API Gateway answers 500."""
