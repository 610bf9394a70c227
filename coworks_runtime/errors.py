"""What is raised when a service is set up, called or configured wrongly."""

from __future__ import annotations


class EntryError(ValueError):
    """An entry that can't become a route: its name, signature or options are wrong.

    Raised while the service is set up, so that neither a local server nor a synth starts.
    """


class DuplicateRouteError(EntryError):
    """Two functions answer on one method and path."""


class EventMethodError(ValueError):
    """A method that ``@on_event`` marks can't be called with an event, or isn't the only one."""


class BackgroundError(RuntimeError):
    """The work of a background entry answered with a server error; Lambda is to try again."""


class ServiceError(ValueError):
    """A service whose attributes can't be served; the message names the attribute."""


class TokenSecretError(RuntimeError):
    """The secret of the token can't be read, or holds no token; the value is never told."""


class AuthorizerRequestError(RuntimeError):
    """``token_authorizer`` asked for the request, of which it can know the token only."""


class AuthorizerAnswerError(TypeError):
    """``token_authorizer`` returned a context that API Gateway can't carry."""


class EnvironmentFileError(ValueError):
    """A dotenv file can't be parsed; the message gives the file and the line."""


class EnvironmentVariableError(ValueError):
    """An environment variable of this package has a value that it doesn't take."""


class UnknownEventError(ValueError):
    """The function was invoked with an event that is no request, and that no method takes."""


class MetricsError(ValueError):
    """A metric that CloudWatch wouldn't take, or one that is added where nothing is answered."""


class InvalidParametersError(ValueError):
    """A request's values don't fit the entry's parameters.

    :param problems: one sentence a problem, each naming its parameter.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class MalformedBodyError(ValueError):
    """A request's body isn't what its media type says."""
