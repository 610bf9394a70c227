"""The log: records that tell the call they belong to, a line a request, lines for a terminal."""
