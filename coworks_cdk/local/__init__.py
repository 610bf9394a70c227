"""Serves a synthesized stack on this machine, without Docker and without AWS."""

__all__: list[str] = []
