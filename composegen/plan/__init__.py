"""Everything that was decided, as plain data; imports nothing of ours but this."""
