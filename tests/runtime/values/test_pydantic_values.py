"""Pydantic's own types outside of a model: URLs, secrets, addresses, dates that lie ahead."""

import ipaddress
import json
import subprocess
import sys

import msgspec
import pydantic
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime import Body, TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.client import remote
from coworks_runtime.errors import EntryError


class Hook(msgspec.Struct):
    url: pydantic.HttpUrl
    secret: pydantic.SecretStr


class Hooks(TechMicroService):
    @entry(no_auth=True)
    def get_size(
        self,
        size: pydantic.ByteSize,
        *,
        url: pydantic.HttpUrl,
        urls: list[pydantic.AnyUrl] = [],  # noqa: B006
        day: pydantic.FutureDate | None = None,
        numbers: pydantic.Json[list[int]] | None = None,
        some: pydantic.Json | None = None,
    ):
        return [size, url, urls, day, numbers, some]

    @entry(no_auth=True)
    def get_ip(self, *, ip: pydantic.IPvAnyAddress) -> pydantic.IPvAnyAddress:
        return ip

    @entry(no_auth=True)
    def post_hook(self, *, hook: Hook, tokens: dict[str, pydantic.SecretStr] = {}) -> str:  # noqa: B006
        return " ".join(one.get_secret_value() for one in (hook.secret, *tokens.values()))

    @entry(no_auth=True)
    def put_hook(self, hook: Body[Hook]) -> Hook:
        return hook

    @entry(no_auth=True)
    def put_url(self, url: Body[pydantic.HttpUrl]) -> pydantic.HttpUrl:
        return url


HOOK = Hook(pydantic.HttpUrl("http://a/"), pydantic.SecretStr("hush"))


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("/size/3kb?url=http://a/b", 200, [3000, "http://a/b", [], None, None, None]),
        ("/size/3?url=http://a/&urls=x://y&urls=z://k&day=2999-01-01&numbers=[1,2]&some={}", 200,
         [3, "http://a/", ["x://y", "z://k"], "2999-01-01", [1, 2], {}]),
        ("/size/3?url=no", 422,
         "Parameter 'url': Input should be a valid URL, relative URL without a base"),
        ("/size/3?url=http://a/&urls=no", 422,
         "Parameter 'urls': [0]: Input should be a valid URL, relative URL without a base"),
        ("/size/3?url=http://a/&day=1999-01-01", 422,
         "Parameter 'day': Date should be in the future, or Expected `null`"),
        ("/ip?ip=1.2.3.4", 200, "1.2.3.4"),
        ("/ip?ip=1.2.3", 422, "Parameter 'ip': value is not a valid IPv4 or IPv6 address"),
    ],
)  # fmt: skip
def test_they_are_read_and_written(query, status, expected):
    answer = Hooks().test_client().get(query)
    assert answer.status_code == status
    assert answer.json == (expected if status == 200 else {"message": expected})


def test_a_secret_goes_out_masked_and_isn_t_told():
    client = Hooks().test_client()
    sent = {"url": "http://a/", "secret": "hush"}
    assert client.put("/hook", json=sent).json == {"url": "http://a/", "secret": "**********"}
    assert client.post("/hook", json={"hook": sent, "tokens": {"a": "b"}}).text == "hush b"
    refused = client.post("/hook", json={"hook": {**sent, "url": "hush"}})
    assert refused.status_code == 422
    assert "hush" not in refused.text


def test_a_client_sends_what_they_are(monkeypatch):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    hooks = remote(Hooks, Hooks().test_client())
    assert hooks.post_hook(hook=HOOK, tokens={"a": pydantic.SecretStr("b")}) == "hush b"
    assert hooks.put_url(HOOK.url) == HOOK.url
    address = ipaddress.ip_address("::1")
    assert hooks.get_ip(ip=address) == address
    assert hooks.get_size(3, url=HOOK.url, urls=[pydantic.AnyUrl("x://y")])[2] == ["x://y"]


def test_they_are_described():
    app = Hooks()
    made = json.loads(json.dumps(openapi_document(service_info(app), routes_of(app), "")))
    OpenAPIV31SpecValidator(made).validate()
    fields = made["components"]["schemas"]["Hook"]["properties"]
    assert (fields["url"]["format"], fields["secret"]["format"]) == ("uri", "password")
    (ip,) = made["paths"]["/ip"]["get"]["parameters"]
    assert ip["schema"] == {"format": "ipvanyaddress", "type": "string"}


def test_what_pydantic_can_t_read_names_the_parameter(monkeypatch):
    monkeypatch.setitem(sys.modules, "email_validator", None)

    def get_x(self, *, mail: pydantic.EmailStr):
        return mail

    wrong = type("Wrong", (TechMicroService,), {"get_x": entry(get_x)})
    with pytest.raises(EntryError, match=r"parameter 'mail': .*EmailStr.* email-validator is not"):
        wrong()


ALONE = """
import sys
from coworks_runtime import TechMicroService, entry

class Foreign:
    def __get_pydantic_core_schema__(self): ...

class Alone(TechMicroService):
    @entry
    def get_x(self, *, value: Foreign): ...

try:
    Alone()
except Exception as error:
    print(type(error).__name__, error, "pydantic" in sys.modules)
"""


def test_pydantic_is_asked_only_where_it_is_imported():
    ran = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.startswith("EntryError entry 'get_x' of Alone, parameter 'value': nothing")
    assert ran.stdout.endswith("False\n")
