"""Grammars that belong to others, read in one place each."""
