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

_CONTENTS = {
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=:]",
    "an access key of AWS": rb"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "a secret key of AWS": rb"(?i:aws_secret_access_key)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}\b",
    "a token of GitHub": rb"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}",
    "a token of GitLab": rb"\bglpat-[\w-]{20,}",
    "a token of Slack": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a key of Stripe": rb"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a URL with a password": rb"\b[a-z][a-z0-9+.-]*://[^\s:/@\"'<>{}$%*]+:[^\s:/@\"'<>{}$%*]{3,}@[\w.-]+",
}
_ANY = re.compile(b"|".join(b"(%s)" % pattern for pattern in _CONTENTS.values()))


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
        elif len(content) <= _LARGEST and (match := _ANY.search(content)):
            kind = list(_CONTENTS)[(match.lastindex or 1) - 1]
            line = content.count(b"\n", 0, match.start()) + 1
            yield Suspect(f"{name}:{line}", f"its content, {kind}")
