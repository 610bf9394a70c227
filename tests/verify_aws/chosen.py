"""Which cases and requests are sent to AWS."""

import json

from tests.recordings.not_served import reason
from tests.recordings.recorded import cases


def key_of(case):
    """What a case declares, as a text that others with the same share."""
    return json.dumps({k: v for k, v in case.api.items() if k != "kind"}, sort_keys=True)


def chosen_cases(*, short):
    """The cases, or one of each area."""
    found = [case for case in cases() if case.is_request and reason(case) is None]
    if not short:
        return found
    return list({case.area: case for case in found}.values())


def chosen_asks(*, short):
    """The requests of the parity list, or those to the smallest service."""
    from tests.parity.cases import ALIKE

    return [ask for ask in ALIKE if ask.service == "Hello" or not short]
