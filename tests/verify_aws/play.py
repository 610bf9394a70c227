"""Requests sent to what is deployed, and what came written as recordings."""

import base64
import contextlib
import json
import time
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from tests.parity.side_by_side import Answer, Backend, describe, differences
from tests.recordings.matching import differences as case_differences
from tests.recordings.matching import event_differences
from tests.verify_aws.account import send
from tests.verify_aws.redaction import ACCOUNT, redacted

_OF_THE_CONNECTION = ("connection", "transfer-encoding", "via", "x-cache")
LATEST_SECONDS = 90
"""How long a new API may answer as if it weren't there yet."""


class Service(Backend):
    """The deployed services of the parity list."""

    def __init__(self, account, apis):
        super().__init__({}, "/dev")
        self.account, self.apis = account, apis

    def ask(self, ask):
        api_id = self.apis[ask.service]
        status, headers, body = send(
            self.account, api_id, ask.method, "/dev" + ask.path, ask.headers, ask.body
        )
        base = self.account.base(api_id) + "/dev"
        pairs = tuple(
            (n, self._relative(v.encode("latin-1"), base).decode("latin-1")) for n, v in headers
        )
        return Answer(status, pairs, self._relative(body, base))


class Bucket:
    """Tells the deployed function what to do, and has the events that it got."""

    def __init__(self, account, name):
        self.store, self.name = account.client("s3"), name

    def prepare(self, case):
        self.clear("events/")
        told = {"function": case.function_answer, "authorizer": case.authorizer_answer}
        self.store.put_object(Bucket=self.name, Key="case", Body=json.dumps(told).encode())

    def events(self):
        found = {"function": [], "authorizer": []}
        for key in sorted(self._keys("events/")):
            body = self.store.get_object(Bucket=self.name, Key=key)["Body"].read()
            kind, event = json.loads(body)
            found[kind].append(event)
        return found

    def clear(self, prefix=""):
        for key in self._keys(prefix):
            self.store.delete_object(Bucket=self.name, Key=key)

    def _keys(self, prefix):
        pages = self.store.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        return [one["Key"] for page in pages for one in page.get("Contents", ())]


def play_case(account, api_id, bucket, case):
    """Give a case's answer, and the events that came to the function."""
    bucket.prepare(case)
    method, path = case.request["method"], case.request["path"]
    answer = send(account, api_id, method, path, case.headers, case.body)
    return answer, bucket.events()


def problems_of(case, answer, events):
    """What AWS answers otherwise than recorded."""
    told = case_differences(case.aws, answer)
    if case.aws.get("event") or case.aws.get("event_without_headers"):
        event = events["function"][-1] if events["function"] else {}
        told += event_differences(case.aws, event)
    return told


def recording(case, answer, events, known):
    """What came, as a new case."""
    status, headers, body = answer
    headers = {n: v for n, v in headers if n.lower() not in _OF_THE_CONNECTION and "-cf-" not in n}
    aws = {"status": status, "headers": redacted(headers, known)}
    try:
        aws["body"] = redacted(json.loads(body), known) if body else ""
    except ValueError:
        try:
            aws["body"] = redacted(body.decode(), known)
        except UnicodeDecodeError:
            aws["body_base64"] = base64.b64encode(body).decode("ascii")
    if events["function"]:
        aws["event"] = redacted(events["function"][-1], known)
        for name in ("multiValueHeaders",):
            aws["event"].pop(name, None)
    if case.content.get("api", {}).get("authorizer"):
        aws["calls"] = {
            "authorizer": len(events["authorizer"]),
            "integration": len(events["function"]),
        }
    kept = {
        name: value
        for name, value in case.content.items()
        if name not in ("aws", "source", "recorded", "evidence", "weak", "note")
    }
    today = datetime.now(UTC).date().isoformat()
    return {
        **kept,
        "aws": aws,
        "source": "make verify-aws",
        "recorded": today,
        "evidence": "recorded",
    }


def play_services(flask, service, asks, known):
    """Give what differs of the parity list, and what came to each request."""
    told, came = [], []
    for ask in asks:
        answer = service.ask(ask)
        told += [f"{describe(ask)}: {one}" for one in differences(flask.ask(ask), answer)]
        request = {"method": ask.method, "path": ask.path, "service": ask.service}
        request["headers"] = [list(pair) for pair in ask.headers]
        body = redacted(answer.body.decode("utf-8", errors="replace"), known)
        aws = {
            "status": answer.status,
            "headers": redacted(dict(answer.headers), known),
            "body": body,
        }
        came.append({"request": request, "aws": aws})
    return told, came


def wait_until_there(account, api_ids, seconds=LATEST_SECONDS):
    """Wait until new APIs answer for themselves."""
    end = time.monotonic() + seconds
    for api_id in api_ids:
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                _, headers, _ = send(account, api_id, "GET", "/dev/none", (), b"")
                names = {name.lower(): value for name, value in headers}
                if names.get("x-amzn-errortype") != "ForbiddenException":
                    break
            time.sleep(2)


def wait_until_settled(client, names, seconds=600):
    """Wait until stacks are not under way: what is being made may refuse to go."""
    end = time.monotonic() + seconds
    for name in names:
        while time.monotonic() < end:
            try:
                (stack,) = client.describe_stacks(StackName=name)["Stacks"]
            except ClientError:
                break
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(2)


def known_ids(account, api_ids):
    """What must not be told, to what stands for it."""
    return {account.account: ACCOUNT, **dict.fromkeys(api_ids, "api")}
