"""The trace id of a request."""

import re

import pytest

from coworks_cdk.local.gateway.trace import trace_of

ROOT = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"
FULL = f"{ROOT};Parent=7fa8c0f79203be72;Sampled=1"


@pytest.mark.parametrize(
    ("sent", "pattern"),
    [
        (FULL, re.escape(FULL)),
        (FULL.lower().replace("root", "ROOT"), re.escape(FULL)),
        ("Sampled=1; Parent=7fa8c0f79203be72 ;" + ROOT, re.escape(FULL)),
        (ROOT, re.escape(ROOT) + ";Parent=[0-9a-f]{16};Sampled=0"),
        (ROOT + ";Parent=no;Sampled=?", re.escape(ROOT) + ";Parent=[0-9a-f]{16};Sampled=0"),
        (None, "Root=1-6553f100-[0-9a-f]{24}"),
        ("", "Root=1-6553f100-[0-9a-f]{24}"),
        ("Root=2-x;Parent=7fa8c0f79203be72", "Root=1-6553f100-[0-9a-f]{24}"),
    ],
)
def test_trace_ids(sent, pattern):
    assert re.fullmatch(pattern, trace_of(sent, 1_700_000_000.0))
