"""A runtime loop that streams: what a function with streams runs in place of AWS's client."""
