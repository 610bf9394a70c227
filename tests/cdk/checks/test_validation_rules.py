"""What AWS refuses, as problems that tell the value got and what is allowed."""

import re

import pytest
from aws_cdk import App, Duration
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.checks import entries, function, stack
from coworks_cdk.props.kinds import Unfit
from coworks_cdk.service_description import Cors, Entry
from coworks_cdk.settings import Settings

SCOPE = App()


def entry(method, path):
    return Entry(method, path, "endpoint", None, False, True, None, None, (), None)


def problems_of(*declared):
    return [
        *entries.entry_problems(declared, stage="dev"),
        *entries.resource_problems(declared),
    ]


def prop_problems(name, value):
    """What is told of a prop's value by itself."""
    prop = Settings.props()[name]
    try:
        return prop.problems(prop.read(value, SCOPE))
    except Unfit as reason:
        return [prop.unfit(reason)]


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        (prop_problems("app", "tech/hello"), "app: got 'tech/hello'; allowed: 'module' or"),
        (prop_problems("app", "hello:"), "app: got 'hello:'"),
        (prop_problems("stage", "a b"), "stage: got 'a b'; allowed: letters, digits"),
        (prop_problems("stage", "s" * 129), "at most 128 characters"),
        (prop_problems("function_name", "f" * 65), r"\(65 characters\).* at most 64"),
        (prop_problems("function_name", "a.b"), "function_name: got 'a.b'"),
        (prop_problems("description", "d" * 257), "got 257 characters; allowed: at most 256"),
        (prop_problems("binary_media_types", ["png"]), "binary_media_types: got 'png'"),
        (entries.header_problems("X Token"), "authorization_header of the service: got 'X Tok"),
        (entries.header_problems("X_Token"), "authorization_header of the service: got 'X_Tok"),
        (entries.header_problems(""), "authorization_header of the service: got ''"),
        (entries.header_problems("X-A\r\nB"), "authorization_header of the service: got 'X-A"),
        (
            prop_problems("runtime", lambda_.Runtime.NODEJS_22_X),
            "runtime: got 'nodejs22.x'; allowed: Python",
        ),
        (prop_problems("runtime", lambda_.Runtime.PYTHON_3_10), "runtime: got 'python3.10'"),
        (prop_problems("project_dir", "/none"), "project_dir: got '/none', which is"),
        (function.layer_problems(6), "layers: got 6 .* at most 5"),
        (function.environment_problems({"AWS_REGION": "x"}), "got 'AWS_REGION', which Lambda"),
        (function.environment_problems({"A-B": "x"}), "got the name 'A-B'"),
        (
            function.environment_problems({"BIG": "x" * 5000, "AA": ""}),
            r"got 5\d\d\d bytes; allowed: at most 4096. The largest: BIG, AA",
        ),
        (
            function.size_problems({"code": 200 * 1024**2, "layer": 51 * 1024**2}),
            r"got 251.0 MB unzipped \(code 200.0 MB, layer 51.0 MB\); allowed: at most 250.0 MB",
        ),
        (stack.stack_problems(501, {"S/A": 500}), r"got 501 resources \(services: S/A 500\)"),
        (
            prop_problems("memory_size", 100),
            "memory_size: got 100 MB; allowed: 128 to 10240 MB",
        ),
        (
            prop_problems("throttling_rate_limit", -1),
            "throttling_rate_limit: got -1; allowed: at least 0",
        ),
        (
            entries.cors_problems(Cors(allow_origins=("https://x'y",))),
            'cors.allow_origins of the service: got "https://x\'y"',
        ),
        (entries.cors_problems(Cors(allow_origins=())), "got none; allowed: at least one"),
        (entries.cors_problems(Cors(allow_headers=("a b",))), "cors.allow_headers .* 'a b'"),
        (problems_of(), "entries: got none on the stage 'dev'"),
        (problems_of(entry("TRACE", "/a")), "entry TRACE /a .* got the method 'TRACE'"),
        (problems_of(entry("GET", "/a~b")), "entry GET /a~b .* got the path part 'a~b'"),
        (problems_of(entry("GET", "/x{y}")), r"got the path part 'x\{y\}'"),
        (problems_of(entry("GET", "/a//b")), "got the path part ''"),
        (problems_of(entry("GET", "/{p+}/b")), r"got '\{p\+\}' before 'b'"),
        (
            problems_of(entry("GET", "/f/{p+}"), entry("PUT", "/f/{q}")),
            r"entries GET /f/\{p\+\} \(endpoint\), PUT /f/\{q\} .* below '/f'",
        ),
        (
            problems_of(*(entry("GET", f"/e{number}") for number in range(301))),
            "got 301 resources .* at most 300",
        ),
    ],
)
def test_what_is_refused(problems, expected):
    assert len(problems) == 1
    assert re.search(expected, problems[0]), problems[0]


@pytest.mark.parametrize(
    "problems",
    [
        prop_problems("app", "pkg.mod:app"),
        prop_problems("app", "hello"),
        prop_problems("stage", "v1_b-2"),
        prop_problems("function_name", None),
        prop_problems("function_name", "f" * 64),
        prop_problems("description", None),
        prop_problems("binary_media_types", ["*/*", "image/svg+xml", "application~1json"]),
        entries.header_problems("X-Api-Token"),
        prop_problems("runtime", lambda_.Runtime.PYTHON_3_14),
        prop_problems("project_dir", "/"),
        function.layer_problems(5),
        function.environment_problems({"CWS_STAGE": "dev", "A1": "é"}),
        function.size_problems({"code": 250 * 1024**2}),
        stack.stack_problems(500, {}),
        prop_problems("timeout", None),
        prop_problems("timeout", Duration.seconds(900)),
        entries.cors_problems(Cors(allow_origins=("https://a.example:8443", "*"))),
        problems_of(entry("GET", "/a.b:c$d_e-f/{x}/{y+}"), entry("GET", "/a.b:c$d_e-f/{z}")),
        problems_of(*(entry("GET", f"/e{number}") for number in range(300))),
    ],
)
def test_what_is_allowed(problems):
    assert problems == []
