"""Extensions of Flask on a service, over HTTP and by events, on both ways."""

import base64
import gzip

import pytest
from flask_restx import Api as RestxApi
from flask_restx import Resource

from coworks_runtime import TechMicroService, entry
from tests.runtime.extensions.shop_with_extensions import Shop, limiter

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def shop(call):
    caller = call(Shop())
    with caller.app.app_context():
        limiter.reset()
    return caller


def cookie_of(answer):
    return "; ".join(value.partition(";")[0] for value in answer.all("Set-Cookie"))


def test_entries_and_the_token_stay_what_they_are(shop):
    assert shop.get("/row/a").status == 401
    assert shop.get("/row/a", **{"X-Token": "u"}).status == 403


def test_sqlalchemy(shop):
    assert shop.get("/row/a", **{"X-Token": "t"}).json == ["a"]
    assert shop.get("/row/a", **{"X-Token": "t"}).json == ["a", "a"]


def mark(shop):
    answer = shop.get("/mark")
    own = "https://api.test/"  # an event came by https, where the extension asks for it
    return {"X-CSRFToken": answer.text, "Cookie": cookie_of(answer), "Referer": own}


def test_login(shop):
    assert shop.get("/me").status == 401
    answer = shop.request("POST", "/login/alice", headers=mark(shop))
    assert (answer.status, answer.text) == (200, "alice")
    assert shop.get("/me", Cookie=cookie_of(answer)).text == "alice"


def test_wtf(shop):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = shop.request("POST", "/form", b"name=a", form)
    assert (refused.status, refused.json["code"]) == (400, 400)  # smorest's handler of all errors
    headers = {**form, **mark(shop)}
    assert shop.request("POST", "/form", b"name=a", headers).json["valid"] is True
    assert shop.request("POST", "/form", b"name=", headers).json["errors"]["name"]


def test_wtf_exempts_one_view_and_no_other(shop):
    assert shop.request("POST", "/exempt/sent").text == "taken"
    assert shop.request("POST", "/login/alice").status == 400


def test_cors(shop):
    answer = shop.get("/cors", Origin="https://a.test")
    assert answer.header("Access-Control-Allow-Origin") == "https://a.test"
    assert shop.get("/mark", Origin="https://a.test").header("Access-Control-Allow-Origin") is None


def test_limiter(shop):
    assert [shop.get("/limited").status for _ in range(3)] == [200, 200, 429]
    assert shop.get("/limited").json["code"] == 429  # smorest's handler of all errors
    assert shop.get("/cors").status == 200


def test_talisman(shop):
    framed, other = shop.get("/framed"), shop.get("/cors")
    assert (framed.header("X-Frame-Options"), other.header("X-Frame-Options")) == (
        "DENY",
        "SAMEORIGIN",
    )
    assert framed.header("Content-Security-Policy") == "default-src 'none'"
    assert other.header("X-Content-Type-Options") == "nosniff"


def test_caching(shop):
    first = shop.get("/cached").json
    assert shop.get("/cached").json == first
    assert shop.app.calls <= 1


def test_smorest(shop):
    assert shop.json("POST", "/numbers/twice", {"number": 4}).json == {"number": 8}
    wrong = shop.json("POST", "/numbers/twice", {"number": "x"})
    assert wrong.status == 422
    assert wrong.json["errors"]["json"]["number"] == ["Not a valid integer."]
    assert "/numbers/twice" in shop.get("/smorest/openapi.json").json["paths"]


def test_restx(shop):
    answer = shop.get("/restx/hello/5")
    assert (answer.json, answer.header("X-Restx")) == ({"number": 5}, "1")
    conflict = shop.get("/restx/hello/0")
    assert (conflict.status, conflict.json["message"]) == (409, "no zero")
    assert shop.get("/restx/swagger.json").json["info"]["title"] == "Restx"
    page = shop.get("/restx/")
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    assert "swagger-ui" in page.text


def test_httpauth(shop):
    refused = shop.get("/basic")
    assert refused.status == 401
    assert refused.header("WWW-Authenticate").startswith("Basic ")
    credentials = base64.b64encode(b"alice:secret").decode()
    assert shop.get("/basic", Authorization=f"Basic {credentials}").text == "alice"


def test_jwt(shop):
    token = shop.get("/token").json["token"]
    assert shop.get("/identity", Authorization=f"Bearer {token}").text == "alice"
    assert shop.get("/identity").json == {"msg": "Missing Authorization Header"}
    assert shop.get("/identity", Authorization="Bearer x.y.z").status == 422


def test_compress(shop):
    answer = shop.get("/long", **{"Accept-Encoding": "gzip"})
    assert answer.header("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.body) == b"x" * 5000
    assert shop.get("/long").body == b"x" * 5000


def test_session(shop):
    first = shop.get("/count")
    cookie = cookie_of(first)
    assert first.json == {"count": 1}
    assert shop.get("/count", Cookie=cookie).json == {"count": 2}
    assert shop.get("/count").json == {"count": 1}


def test_babel(shop):
    assert shop.get("/price").text == "1,234.5!"
    assert shop.get("/price?lang=de").text == "1.234,5!"


class Things(TechMicroService):
    public_endpoints = ("*",)

    @entry(no_auth=True)
    def get_hello(self):
        return "hello"


def test_restx_on_the_service_itself(call):
    app = Things()

    @RestxApi(app).route("/thing/<int:number>")
    class Thing(Resource):
        def get(self, number):
            return {"number": number}

    things = call(app)
    assert things.get("/thing/3").json == {"number": 3}
    assert things.get("/hello").text == "hello"
    assert things.get("/swagger.json").json["paths"].keys() == {"/thing/{number}"}
    assert things.get("/").header("Content-Type").startswith("text/html")
