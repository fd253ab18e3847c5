"""Prism: see prose as a language model does, and edit it there."""

__version__ = "0.1.0"
