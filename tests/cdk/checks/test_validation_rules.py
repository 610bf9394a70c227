"""What AWS refuses, as problems that tell the value got and what is allowed."""

import re

import pytest

from coworks_cdk.checks import validation
from coworks_cdk.service_description import Cors, Entry


def entry(method, path):
    return Entry(method, path, "endpoint", None, False, True, None, None, (), None)


def problems_of(*entries):
    return validation.entry_problems(entries, stage="dev")


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        (validation.app_problems("tech/hello"), "app: got 'tech/hello'; allowed: 'module' or"),
        (validation.app_problems("hello:"), "app: got 'hello:'"),
        (validation.stage_problems("a b"), "stage: got 'a b'; allowed: letters, digits"),
        (validation.stage_problems("s" * 129), "at most 128 characters"),
        (validation.function_name_problems("f" * 65), r"\(65 characters\).* at most 64"),
        (validation.function_name_problems("a.b"), "function_name: got 'a.b'"),
        (validation.description_problems("d" * 257), "got 257 characters; allowed: at most 256"),
        (validation.media_type_problems(["png"]), "binary_media_types: got 'png'"),
        (validation.header_problems("X Token"), "authorization_header of the service: got 'X Tok"),
        (validation.runtime_problems("nodejs22.x"), "runtime: got 'nodejs22.x'; allowed: Python"),
        (validation.runtime_problems("python3.10"), "runtime: got 'python3.10'"),
        (validation.folder_problems("/none", exists=False), "project_dir: got '/none', which is"),
        (validation.layer_problems(6), "layers: got 6 .* at most 5"),
        (validation.environment_problems({"AWS_REGION": "x"}), "got 'AWS_REGION', which Lambda"),
        (validation.environment_problems({"A-B": "x"}), "got the name 'A-B'"),
        (
            validation.environment_problems({"BIG": "x" * 5000, "AA": ""}),
            r"got 5\d\d\d bytes; allowed: at most 4096. The largest: BIG, AA",
        ),
        (
            validation.size_problems({"code": 200 * 1024**2, "layer": 51 * 1024**2}),
            r"got 251.0 MB unzipped \(code 200.0 MB, layer 51.0 MB\); allowed: at most 250.0 MB",
        ),
        (validation.stack_problems(501, {"S/A": 500}), r"got 501 resources \(services: S/A 500\)"),
        (
            validation.number_problems("memory_size", 100, least=128, most=10240, unit=" MB"),
            "memory_size: got 100 MB; allowed: 128 to 10240 MB",
        ),
        (
            validation.number_problems("throttling_rate_limit", -1, least=0),
            "throttling_rate_limit: got -1; allowed: at least 0",
        ),
        (
            validation.cors_problems(Cors(allow_origins=("https://x'y",))),
            'cors.allow_origins of the service: got "https://x\'y"',
        ),
        (validation.cors_problems(Cors(allow_origins=())), "got none; allowed: at least one"),
        (validation.cors_problems(Cors(allow_headers=("a b",))), "cors.allow_headers .* 'a b'"),
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
        validation.app_problems("pkg.mod:app"),
        validation.app_problems("hello"),
        validation.stage_problems("v1_b-2"),
        validation.function_name_problems(None),
        validation.function_name_problems("f" * 64),
        validation.description_problems(None),
        validation.media_type_problems(["*/*", "image/svg+xml", "application~1json"]),
        validation.header_problems("X-Api-Token"),
        validation.runtime_problems("python3.14"),
        validation.folder_problems("/", exists=True),
        validation.layer_problems(5),
        validation.environment_problems({"CWS_STAGE": "dev", "A1": "é"}),
        validation.size_problems({"code": 250 * 1024**2}),
        validation.stack_problems(500, {}),
        validation.number_problems("timeout", None, least=1, most=900),
        validation.number_problems("timeout", 900, least=1, most=900),
        validation.cors_problems(Cors(allow_origins=("https://a.example:8443", "*"))),
        problems_of(entry("GET", "/a.b:c$d_e-f/{x}/{y+}"), entry("GET", "/a.b:c$d_e-f/{z}")),
        problems_of(*(entry("GET", f"/e{number}") for number in range(300))),
    ],
)
def test_what_is_allowed(problems):
    assert problems == []
