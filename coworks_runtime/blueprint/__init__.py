"""Blueprints: CoWorks's own class, and those that it brings."""

from .coworks_blueprint import Blueprint

__all__ = ["Blueprint"]
