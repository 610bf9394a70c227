"""What came, beside what was recorded."""

import base64
import json


def problems(expected, found, where=""):
    """What differs, as texts."""
    if isinstance(expected, str) and expected.startswith("$"):
        return [] if _holds(expected, found) else [f"{where}: {found!r} is not {expected}"]
    if not isinstance(expected, dict):
        return [] if expected == found else [f"{where}: {found!r} is not {expected!r}"]
    if not isinstance(found, dict):
        return [f"{where}: {found!r} is no object"]
    told = []
    for name, value in expected.items():
        if name == "$keys":
            told += problems(sorted(value), sorted(found), f"{where} keys")
        elif name not in found and value is not None:
            told.append(f"{where}.{name} is missing")
        else:
            told += problems(value, found.get(name), f"{where}.{name}")
    return told


def _holds(sign, found):
    if sign == "$any":
        return found is not None
    kind, _, text = sign.partition(":")
    if kind == "$contains":
        return text in str(found)
    return kind == "$ends" and str(found).endswith(text)


def differences(aws, answer):
    """What differs between a recorded answer and one that came: status, pairs of headers, body."""
    status, headers, body = answer
    lines = {}
    for name, value in headers:
        lines.setdefault(name.lower(), []).append(value)
    joined = {name: ", ".join(values) for name, values in lines.items()}
    told = problems(aws.get("status", status), status, "status")
    wanted = {name.lower(): value for name, value in aws.get("headers", {}).items()}
    told += problems(wanted, joined, "headers")
    told += [f"header {n} is there" for n in aws.get("without_headers", ()) if n.lower() in lines]
    for name, values in aws.get("header_lines", {}).items():
        told += problems(values, lines.get(name.lower()), f"lines of {name}")
    spelled = [name for name, _ in headers]
    told += [f"no header is spelled {n}" for n in aws.get("header_names", ()) if n not in spelled]
    if "body_base64" in aws:
        told += problems(base64.b64decode(aws["body_base64"]), body, "body")
    for name in ("body", "body_text"):
        if isinstance(aws.get(name), str):
            told += problems(aws[name], body.decode("utf-8", errors="replace"), "body")
        elif name in aws:
            told += problems(aws[name], _json(body), "body")
    return told


def _json(body):
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body.decode("utf-8", errors="replace")


def event_differences(aws, event):
    """What differs between the recorded fields of an event and one that a function got."""
    told = problems(aws.get("event", {}), event, "event")
    sent = {name.lower() for name in event.get("headers") or ()}
    told += [
        f"event.headers has {name}"
        for name in aws.get("event_without_headers", ())
        if name.lower() in sent
    ]
    return told + [f"event has {n}" for n in aws.get("event_without_keys", ()) if n in event]
