"""A service with one of everything, served by Flask and by the local gateway."""

import gzip
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, TypedDict
from uuid import UUID

import msgspec
from flask import Response, abort, g, jsonify, make_response, redirect, session, url_for
from werkzeug.exceptions import Unauthorized

from coworks_runtime import Alias, Blueprint, Cors, Query, TechMicroService, entry, request

Kind = Annotated[str, Alias("class")]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Size(TypedDict):
    width: int


class Item(msgspec.Struct):
    name: str
    price: float = 1.0


class TeapotError(Exception):
    pass


class Inner(Blueprint):
    @entry(no_auth=True)
    def get_deep(self, value):
        return f"deep {value}"


class Shop(Blueprint):
    @entry(no_auth=True)
    def get(self):
        return {"links": [url_for("shop.get_article", number=3), url_for("get_text")]}

    @entry(no_auth=True)
    def get_article(self, number: int, currency: str = "EUR"):
        return {"number": number, "currency": currency}

    @entry
    def put_article(self, number: int, **values):
        return {"number": number, **values}

    @entry(no_auth=True)
    def get_broken(self):
        abort(409, "the shop is closed")


class ParityService(TechMicroService):
    public_endpoints = ("static", "pages.*")
    cors = Cors(
        allow_origins=("https://one.example", "https://two.example"),
        expose_headers=("X-Middleware",),
        allow_credentials=True,
        max_age=60,
    )

    def __init__(self, **kwargs):
        super().__init__(name="parity", static_folder="assets", static_url_path="/assets", **kwargs)
        self.secret_key = "parity"
        shop = Shop("shop")
        shop.register_blueprint(Inner("inner"), url_prefix="/inner")
        self.register_blueprint(shop, url_prefix="/shop")
        self.before_request(self.remember)
        self.after_request(self.sign)
        self.register_error_handler(TeapotError, self.teapot)
        self.wsgi_app = Middleware(self.wsgi_app)

    def token_authorizer(self, token):
        match token:
            case "token":
                return True
            case "dev" | "prod":
                return token
            case "context":
                return {"user": "mia", "age": 7, "admin": True, "ratio": 0.5}
            case "unauthorized":
                raise Unauthorized
            case "crash":
                raise RuntimeError("the authorizer's own secret")
            case "list":
                return {"roles": ["a"]}
            case "empty":
                return {}
        return False

    @entry(background=True, no_cors=False)
    def post_later(self, value, *, into: str, say: str | None = None, tag: Query[list[str]] = ()):
        self._write(into, value=value, say=say, tag=[*tag])

    @entry(background=True, no_auth=True)
    def put_later_raw(self):
        self._write(request.headers["X-Into"], body=request.get_data().hex())

    def _write(self, into, **given):
        told = {
            **given,
            "request_id": request.request_id,
            "authorizer": dict(request.authorizer),
            "said": request.headers.get("X-Say"),
            "line": [request.method, request.path],
            "mimetype": request.mimetype,
            "link": url_for("post_later", value="a b").removeprefix(request.script_root),
        }
        written = Path(f"{into}.part")
        written.write_text(json.dumps(told))
        written.rename(into)

    def remember(self):
        g.seen = request.headers.get("X-Seen", "nobody")

    def sign(self, response):
        response.headers["X-Seen"] = g.get("seen", "nothing")
        return response

    def teapot(self, error):
        return {"teapot": str(error)}, 418

    # Answers

    @entry(no_auth=True)
    def get(self):
        return "root"

    @entry(no_auth=True)
    def get_text(self):
        return "Grüße, 世界\n"

    @entry(no_auth=True)
    def get_dict(self):
        return {"text": "Grüße", "list": [1, 2.5, None, True]}

    @entry(no_auth=True)
    def get_list(self):
        return [1, "two", {"three": 3}]

    @entry(no_auth=True)
    def get_none(self):
        return None

    @entry(no_auth=True)
    def get_empty(self):
        return ""

    @entry(no_auth=True)
    def get_bytes(self):
        return bytes(range(256))

    @entry(no_auth=True, binary_headers={"Content-Type": "image/png", "X-Kind": "picture"})
    def get_picture(self):
        return b"\x89PNG\r\n\x1a\n" + bytes(range(256))

    @entry(no_auth=True)
    def get_tuple(self):
        return "created", 201, {"X-One": "1", "Location": "/elsewhere"}

    @entry(no_auth=True)
    def get_status(self, code: int):
        return f"status {code}", code

    @entry(no_auth=True)
    def get_generator(self):
        return (f"line {n}\n" for n in range(5))

    @entry(no_auth=True)
    def get_response(self):
        return Response("<p>html</p>", 203, mimetype="text/html", headers={"ETag": '"e"'})

    @entry(no_auth=True)
    def get_json(self):
        return jsonify(a=1)

    @entry(no_auth=True)
    def get_cookies(self):
        response = make_response("cookies")
        response.set_cookie("one", "1", httponly=True)
        response.set_cookie("two", "zwei ü", max_age=60, samesite="Lax")
        response.headers.add("X-Several", "a")
        response.headers.add("X-Several", "b")
        return response

    @entry(no_auth=True)
    def get_gzip(self):
        body = gzip.compress(b"compressed " * 100, mtime=0)
        return Response(body, mimetype="text/plain", headers={"Content-Encoding": "gzip"})

    @entry(no_auth=True)
    def get_large(self, size: int = 1000):
        return "ä" * size

    @entry(no_auth=True)
    def get_blob(self, size: int = 1000):
        return b"\xff\x00" * (size // 2)

    @entry(no_auth=True)
    def get_latin(self):
        return Response("Grüße".encode("latin-1"), content_type="text/plain; charset=latin-1")

    @entry(no_auth=True)
    def get_challenge(self):
        return Response("who?", 401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    @entry(no_auth=True)
    def get_xml(self):
        return Response("<a/>", mimetype="application/xml")

    @entry(no_auth=True)
    def get_cached(self):
        response = make_response("cached")
        response.cache_control.max_age = 60
        response.add_etag()
        return response.make_conditional(request)

    # Redirects and links

    @entry(no_auth=True)
    def get_redirect(self):
        return redirect(url_for("get_text"))

    @entry(no_auth=True)
    def get_away(self):
        return redirect("https://elsewhere.example/ü?x=ä", 307)

    @entry(no_auth=True)
    def get_links(self):
        return {
            "text": url_for("get_text"),
            "external": url_for("get_text", _external=True),
            "item": url_for("get_item", value="a b/ü"),
            "file": url_for("get_file", path=("a", "b c")),
            "query": url_for("get_query", a="1&2"),
            "url": request.url,
            "base": request.base_url,
            "root": request.url_root,
            "path": request.path,
        }

    # Paths

    @entry(no_auth=True)
    def get_item(self, value):
        return {"value": value}

    @entry(no_auth=True)
    def get_item_special(self):
        return "special"

    @entry(no_auth=True)
    def get_pair(self, one, two):
        return [one, two]

    @entry(no_auth=True)
    def get_sibling(self, name):
        return f"name {name}"

    @entry(no_auth=True)
    def get_sibling_x(self, x: int):
        return f"x {x}"

    @entry(no_auth=True)
    def get_file(self, *path):
        return list(path)

    @entry(no_auth=True)
    def put_item(self, value, **others):
        return {"put": value, **others}

    @entry(no_auth=True)
    def patch_item(self, value, *, count: int = 0):
        return {"patch": value, "count": count}

    @entry(no_auth=True)
    def delete_item(self, value, force: bool = False):
        return {"delete": value, "force": force}

    @entry(no_auth=True)
    def head_item(self, value):
        return Response("", headers={"X-Head": "yes"})

    @entry(no_auth=True)
    def options_item(self, value):
        return Response("", 204, headers={"X-Options": "yes"})

    @entry(no_auth=True)
    def send_mail(self, to="nobody"):
        return f"sent to {to}"

    @entry(no_auth=True)
    def get_number(self, number: int):
        return number + 1 if number < 0 else {"number": number}

    @entry(no_auth=True)
    def get_when(self, day: date):
        return {"day": day.isoformat()}

    @entry(no_auth=True, stage="dev")
    def get_staged(self):
        return "on dev"

    @entry(no_auth=True, stage=["prod"])
    def get_unstaged(self):
        return "on prod"

    # Values

    @entry(no_auth=True)
    def get_query(self, **values):
        return values

    @entry(no_auth=True)
    def get_typed(
        self,
        number: int = 0,
        ratio: float = 0.0,
        flag: bool = False,
        text: str = "",
        numbers: list[int] | None = None,
        names: set[str] | None = None,
        colour: Colour | None = None,
        kind: Literal["a", "b"] = "a",
        either: int | str = "",
    ):
        return {
            "number": number,
            "ratio": ratio,
            "flag": flag,
            "text": text,
            "numbers": numbers,
            "names": sorted(names or ()),
            "colour": colour and colour.value,
            "kind": kind,
            "either": [type(either).__name__, either],
        }

    @entry(no_auth=True)
    def get_required(self, *, needed: int, other="o"):
        return {"needed": needed, "other": other}

    @entry(no_auth=True)
    def get_bracketed(self, page__number__: int = 1):
        return {"page": page__number__}

    @entry(no_auth=True)
    def get_aliased(self, *, user: Annotated[int, Alias("user-id")], class_: Kind = "none"):
        return {"user": user, "class": class_}

    @entry(no_auth=True)
    def post_aliased(self, *, user: Annotated[int, Alias("user-id")], kind: Query[Kind] = "none"):
        return {"user": user, "kind": kind}

    @entry(no_auth=True)
    def post_typed(
        self,
        number: int = 0,
        price: Decimal | None = None,
        key: UUID | None = None,
        when: datetime | None = None,
        point: Point | None = None,
        size: Size | None = None,
        item: Item | None = None,
        tags: list[str] | None = None,
        data: dict | None = None,
        maybe: int | None = None,
    ):
        return {
            "number": number,
            "price": price and str(price),
            "key": key and str(key),
            "when": when and when.isoformat(),
            "point": point and [point.x, point.y],
            "size": size,
            "item": item and [item.name, item.price],
            "tags": tags,
            "data": data,
            "maybe": maybe,
        }

    @entry(no_auth=True)
    def post_any(self, **values):
        return {name: repr(value) for name, value in values.items()}

    @entry(no_auth=True)
    def post_single(self, values: list[int] | None = None):
        return {"values": values}

    @entry(no_auth=True)
    def post_nothing(self):
        return "nothing"

    @entry(no_auth=True)
    def post_raw(self):
        body = request.get_data()
        return Response(body, content_type=request.content_type or "application/octet-stream")

    @entry(no_auth=True)
    def post_length(self):
        body = request.get_data()
        return {"length": len(body), "sum": sum(body) % 65521}

    @entry(no_auth=True)
    def post_unzip(self):
        return gzip.decompress(request.get_data())

    @entry(no_auth=True)
    def post_upload(self, file=None, title="untitled"):
        if file is None:
            return {"title": title}
        content = file.read()
        return {"title": title, "name": file.filename, "type": file.mimetype, "size": len(content)}

    @entry(no_auth=True)
    def post_uploads(self, files: list | None = None):
        return [[file.filename, file.read().decode()] for file in files or []]

    @entry(no_auth=True)
    def put_form(self, a=None, b: int = 0):
        return {"a": a, "b": b}

    # The request itself

    @entry(no_auth=True)
    def get_headers(self):
        return {
            "x": request.headers.get("X-Custom"),
            "several": request.headers.getlist("X-Several"),
            "cookies": request.cookies,
            "agent": request.headers.get("User-Agent"),
            "accept": request.headers.get("Accept"),
            "query": request.query_string.decode(),
            "args": request.args.to_dict(flat=False),
            "method": request.method,
            "scheme": request.scheme,
        }

    @entry(no_auth=True)
    def get_sent(self):
        return dict(request.headers)

    @entry(no_auth=True)
    def get_visits(self):
        session["visits"] = session.get("visits", 0) + 1
        return {"visits": session["visits"]}

    @entry(no_auth=True)
    def get_stream(self):
        return Response(io.BytesIO(b"streamed"), mimetype="application/x-thing")

    # Errors

    @entry(no_auth=True)
    def get_abort(self, code: int, message: str = ""):
        abort(code, message) if message else abort(code)

    @entry(no_auth=True)
    def get_teapot(self):
        raise TeapotError("short and stout")

    @entry(no_auth=True)
    def get_crash(self):
        raise RuntimeError("a secret of the service")

    # Authorization

    @entry
    def get_private(self):
        return {"context": dict(request.authorizer)}

    @entry
    def post_private(self, value=None):
        return {"value": value, "user": request.authorizer.get("user")}

    @entry
    def get_private_item(self, value):
        return value

    # CORS

    @entry(no_auth=True, no_cors=False)
    def get_shared(self):
        return "shared"

    @entry(no_cors=False)
    def put_shared(self, value=None):
        return {"value": value}

    @entry(no_auth=True)
    def delete_shared(self):
        return "not for others"

    @entry(no_auth=True, no_cors=False)
    def get_shared_broken(self):
        raise RuntimeError("shared, but broken")


class Middleware:
    def __init__(self, wrapped):
        self.wrapped = wrapped

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Middleware", "was here")], exc_info)

        return self.wrapped(environ, start)


app = ParityService()


@app.route("/plain/<int:number>", methods=["GET", "POST"])
def plain(number):
    return f"plain {request.method} {number}"


pages = Blueprint("pages", __name__)


@pages.route("/page")
def page():
    return f"<link rel=stylesheet href='{url_for('static', filename='style.css')}'>"


@pages.route("/page/<int:number>")
def numbered(number):
    return f"<h1>{number}</h1>"


@pages.route("/page/<name>")
def named(name):
    return {"name": name}


app.register_blueprint(pages)


@app.route("/marked")
@entry(no_auth=True)
def marked():
    return "<h1>marked</h1>"


@app.route("/sibling/<ident>/tail")
def tail(ident):
    return f"tail of {ident}"
