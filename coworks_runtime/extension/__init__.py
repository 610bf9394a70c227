"""Extensions of a microservice: each is imported from its own module, where it is used."""

__all__: list[str] = []
