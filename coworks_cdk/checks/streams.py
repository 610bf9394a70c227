"""What stands in the way of entries that stream. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coworks_cdk.service_description import Entry


def wrapper_problems(streamed: Sequence[Entry], given: str | None, wrapper: str) -> list[str]:
    """A script that was to start the function, added when the one of streams was there.

    :param given: the script that starts it.
    :param wrapper: the script that streams need.
    """
    if not streamed or given == wrapper:
        return []
    return [
        (
            f"add_environment: got AWS_LAMBDA_EXEC_WRAPPER {given!r}, and {_named(streamed)} with "
            f"stream, which {wrapper} starts; allowed: the variable in `environment`, where both "
            "scripts run, or streaming=False."
        )
    ]


def stream_warnings(streamed: Sequence[Entry], options: Mapping[str, object]) -> Iterator[str]:
    """What API Gateway doesn't do for streams.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html

    :param options: those of the API and of its stage, in the CDK's words.
    """
    for name, what in (
        ("cache_cluster_enabled", "keeps no streams"),
        ("caching_enabled", "keeps no streams"),
        ("min_compression_size", "compresses no streams"),
        ("minimum_compression_size", "compresses no streams"),
    ):
        if options.get(name) and streamed:
            yield (
                f"{name} has no effect on {_named(streamed)}: API Gateway {what}; streaming=False "
                "sends the answers whole."
            )


def _named(entries: Sequence[Entry]) -> str:
    more = "" if len(entries) == 1 else f" and {len(entries) - 1} more"
    return f"the entry {entries[0]}{more}"
