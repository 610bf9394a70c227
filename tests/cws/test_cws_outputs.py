"""Outputs of a stack → its services."""

import pytest

from coworks_runtime.cws.outputs import DeployedService, services

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/dev/"


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ({"HelloApiId": "abc", "HelloUrl": URL}, ["Hello"]),
        ({"NestedHelloApiId0123ABCD": "abc", "NestedHelloUrlABCD0123": URL}, ["NestedHello"]),
        ({"HelloApiId": "abc", "HelloUrl": URL, "HelloApiEndpoint1A2B3C4D": URL}, ["Hello"]),
        ({"UrlApiId": "abc", "UrlUrl": URL}, ["Url"]),
        ({"BApiId": "b", "BUrl": URL, "AUrl": URL, "AApiId": "a"}, ["A", "B"]),
        ({"HelloApiId": "abc"}, []),
        ({"HelloUrl": URL, "FirstApiId": "abc"}, []),
        ({"ApiId": "abc", "Url": URL}, []),
        ({}, []),
    ],
)
def test_a_service_is_an_api_id_with_a_url(outputs, names):
    assert [service.service for service in services("Stack", outputs)] == names


@pytest.mark.parametrize(
    ("url", "stage"),
    [
        (URL, "dev"),
        ("https://abc.execute-api.localhost.example:4566/v1", "v1"),
        ("https://example.org/base/prod/", "prod"),
        ("https://example.org", ""),
    ],
)
def test_the_stage_is_the_urls_last_segment(url, stage):
    assert DeployedService("Stack", "Hello", "abc", url).stage == stage
