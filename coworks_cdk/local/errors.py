"""What stops a synthesized stack from being served on this machine."""


class LocalError(Exception):
    """The assembly can't be served; the message says what, where and what to do."""


class NotEmulated(LocalError):
    """The template holds something that the local gateway does not imitate."""

    def __init__(self, what: str, where: str, instead: str) -> None:
        """Say what is not emulated.

        :param what: the property or resource type, with the value found.
        :param where: the logical id of the resource, or its construct path.
        :param instead: what is emulated in its place.
        """
        super().__init__(f"{where}: {what} is not emulated locally; {instead}")
