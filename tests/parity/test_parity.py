"""What is deployed answers as what was tested: Flask's server and the local gateway alike."""

import pytest

from tests.parity.cases import ALIKE
from tests.parity.side_by_side import describe, differences


def test_the_list_is_long_enough():
    assert len(ALIKE) >= 200


@pytest.mark.parametrize("ask", ALIKE, ids=[f"{n}-{describe(ask)}" for n, ask in enumerate(ALIKE)])
def test_both_answer_alike(flask, gateway, ask):
    assert differences(flask.ask(ask), gateway.ask(ask)) == []
