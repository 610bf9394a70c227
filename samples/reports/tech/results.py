"""Where results are kept: in a table, or without one in the process."""

import os
import time
from functools import cache
from typing import Any, Protocol

KEPT_SECONDS = 7 * 24 * 3600


class Results(Protocol):
    """Keeps texts by the ids of requests."""

    def put(self, request_id: str, text: str) -> None:
        """Keep a text."""

    def get(self, request_id: str) -> str | None:
        """Give a text, ``None`` where there is none."""


class TableResults:
    """Keeps them in a table of DynamoDB for a week."""

    def __init__(self, table: str) -> None:
        # On use: it takes its time, and a request that is refused has no need of it.
        import boto3

        self._client: Any = boto3.client("dynamodb")
        self._table = table

    def put(self, request_id: str, text: str) -> None:
        """Keep a text."""
        until = str(int(time.time()) + KEPT_SECONDS)
        item = {"id": {"S": request_id}, "text": {"S": text}, "until": {"N": until}}
        self._client.put_item(TableName=self._table, Item=item)

    def get(self, request_id: str) -> str | None:
        """Give a text, ``None`` where there is none."""
        found = self._client.get_item(TableName=self._table, Key={"id": {"S": request_id}})
        text: str | None = found.get("Item", {}).get("text", {}).get("S")
        return text


class ProcessResults(dict[str, str]):
    """Keeps them as long as the process lives: for a server on one's own machine."""

    def put(self, request_id: str, text: str) -> None:
        """Keep a text."""
        self[request_id] = text


@cache
def results() -> Results:
    """Where results are kept, as ``RESULTS_TABLE`` says."""
    table = os.environ.get("RESULTS_TABLE")
    return TableResults(table) if table else ProcessResults()
