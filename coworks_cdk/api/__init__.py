"""The REST API of a service: its routes, its authorizer, its answers."""
