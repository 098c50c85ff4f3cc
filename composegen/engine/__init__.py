"""All that talks to a Docker engine."""
