"""A project's folder: what was there, what a run would change, what that means for data."""
