"""What is deployed answers as what was tested: Flask's server and the local gateway alike.

The gateway serves each service twice: its API as resources and methods, and as one document.
"""

import pytest

from tests.parity.cases import ALIKE, JSON, token
from tests.parity.side_by_side import Ask, describe, differences

STORED = Ask("POST", "/", (JSON, token("token")), b'{"value": 20}', "First")


def test_the_list_is_long_enough():
    assert len(ALIKE) >= 200


@pytest.mark.parametrize("ask", ALIKE, ids=[f"{n}-{describe(ask)}" for n, ask in enumerate(ALIKE)])
def test_all_answer_alike(flask, gateway, gateway_of_documents, ask):
    if ask.service == "First":
        # It keeps a value, which other tests' requests have changed in some of them.
        for backend in (flask, gateway, gateway_of_documents):
            assert backend.ask(STORED).status == 200
    expected = flask.ask(ask)
    assert differences(expected, gateway.ask(ask)) == []
    assert differences(expected, gateway_of_documents.ask(ask)) == []
