"""Compose files and Dockerfiles from a short description of a stack."""

__version__ = "0.1.0"
