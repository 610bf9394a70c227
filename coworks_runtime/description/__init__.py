"""A service, imported to be described: never by what serves it."""
