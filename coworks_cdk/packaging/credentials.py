"""What looks like a credential among the files of an asset (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Models and data: nobody keeps a password in them, and searching them takes long.
_LARGEST = 1024 * 1024

_NAMES = re.compile(
    r"(?:.*/)?(?:\.env(?:\..*)?|\.?(?:netrc|pypirc|npmrc|pgpass|htpasswd)|\.git-credentials"
    r"|(?:client[-_]?)?(?:secrets?|credentials?)(?:\.(?:json|ya?ml|toml|ini|cfg|txt))?"
    r"|service[-_]account\.json|.*\.(?:key|p12|pfx|ppk|jks|keystore|kdbx|tfvars|tfstate)"
    r"|id_(?:rsa|dsa|ecdsa|ed25519))",
    re.IGNORECASE,
)

# Of each kind what every one of it contains, which is quick to look for, and what it looks like.
_CONTENTS = {
    "a private key": (
        (b"PRIVATE KEY",),
        re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=:]"),
    ),
    "an access key of AWS": (
        (b"AKIA", b"ASIA"),
        re.compile(rb"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ),
    "a secret key of AWS": (
        (b"ecret_access_key", b"ECRET_ACCESS_KEY", b"ecretAccessKey"),
        re.compile(
            rb"(?:secret_?access_?key)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}\b", re.IGNORECASE
        ),
    ),
    "a token of GitHub": (
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}"),
    ),
    "a token of GitLab": ((b"glpat-",), re.compile(rb"\bglpat-[\w-]{20,}")),
    "a token of Slack": (
        (b"xoxa-", b"xoxb-", b"xoxp-", b"xoxr-", b"xoxs-"),
        re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    ),
    "a key of Stripe": ((b"k_live_",), re.compile(rb"\b[rs]k_live_[A-Za-z0-9]{20,}")),
    "a URL with a password": (
        (b"://",),
        re.compile(rb"://[^\s:/@\"'<>{}$%*]+:[^\s:/@\"'<>{}$%*]{3,}@[\w.-]+"),
    ),
}


class Suspect(NamedTuple):
    """A file that looks as if it held a credential; the credential itself isn't told."""

    name: str
    reason: str


def suspects(files: Iterable[tuple[str, bytes]]) -> Iterator[Suspect]:
    """Which files look as if they held a credential.

    :param files: of each its path and its content.
    """
    for name, content in files:
        if _NAMES.fullmatch(name):
            yield Suspect(name, "its name")
        elif len(content) <= _LARGEST and (found := _first(content)):
            kind, position = found
            line = content.count(b"\n", 0, position) + 1
            yield Suspect(f"{name}:{line}", f"its content, {kind}")


def _first(content: bytes) -> tuple[str, int] | None:
    for kind, (needles, pattern) in _CONTENTS.items():
        if any(needle in content for needle in needles) and (match := pattern.search(content)):
            return kind, match.start()
    return None
