"""The requests that Flask's server and the local gateway answer alike."""

import gzip
import json
from urllib.parse import urlencode

from tests.parity.side_by_side import Ask

ORIGIN_ONE = ("Origin", "https://one.example")
ORIGIN_TWO = ("Origin", "https://two.example")
ORIGIN_BAD = ("Origin", "https://evil.example")
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
BOUNDARY = "----parity"
MULTIPART = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")


def get(path, *headers, service="Parity"):
    return Ask("GET", path, headers, b"", service)


def send(method, path, value, *headers, service="Parity"):
    return Ask(method, path, (JSON, *headers), json.dumps(value).encode(), service)


def form(method, path, values, *headers):
    return Ask(method, path, (FORM, *headers), urlencode(values, doseq=True).encode())


def multipart(path, *parts, headers=(MULTIPART,)):
    lines = []
    for disposition, media_type, content in parts:
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
        if media_type:
            head += f"Content-Type: {media_type}\r\n"
        lines.append(head.encode() + b"\r\n" + content + b"\r\n")
    return Ask("POST", path, headers, b"".join(lines) + f"--{BOUNDARY}--\r\n".encode())


def token(value):
    return ("Authorization", value)


ANSWERS = [
    get(path)
    for path in (
        ["/", "/text", "/dict", "/list", "/none", "/empty", "/bytes", "/picture", "/tuple"]
        + ["/generator", "/response", "/json", "/cookies", "/gzip", "/latin", "/xml", "/stream"]
        + ["/cached", "/large", "/large?size=100000", "/large?size=1000000", "/blob"]
        + ["/blob?size=1000000", "/blob?size=0", "/large?size=0", "/staged", "/unstaged"]
        + [f"/status/{code}" for code in (200, 201, 202, 203, 204, 205, 206, 226)]
        + [f"/status/{code}" for code in (300, 301, 304, 308, 400, 402, 418, 451, 500, 503)]
    )
]
CONTENT_NEGOTIATION = [
    get(path, ("Accept", accept))
    for path in ("/bytes", "/picture", "/text", "/dict")
    for accept in (
        "*/*",
        "image/png",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/json",
    )
] + [
    get("/gzip", ("Accept-Encoding", "gzip, deflate")),
    get("/gzip", ("Accept-Encoding", "identity")),
    get("/cached", ("If-None-Match", '"bab45bb0ee47a0e4e6b8a5a4a3b1c2d3"')),
    get("/cached", ("If-None-Match", "*")),
    get("/bytes", ("Range", "bytes=0-9")),
]
LINKS = [
    get("/redirect"),
    get("/away"),
    get("/links"),
    get("/links/"),
    get("/links?a=1"),
    get("/shop"),
    get("/shop/"),
]
PATHS = [
    get(path)
    for path in (
        [
            "/item/a%2Fb",
            "/file/a%2Fb/c",
            "/file//a",
            "/file/a//b",
            "/item/./x",
            "/item/../text",
            "/item/a",
            "/item/special",
            "/item/a/",
            "/item/special/",
            "/item/a%20b",
            "/item/a+b",
            "/item/%C3%BC",
            "/item/%E4%B8%96%E7%95%8C",
            "/item/%e4%b8%96",
            "/item/a%2Bb",
            "/item/a%25b",
            "/item/a;b",
            "/item/a%3Bb",
            "/item/a,b",
            "/item/a:b",
            "/item/a@b",
            "/item/a%3Fb",
            "/item/a%23b",
            "/item/%22quoted%22",
            "/item/a'b",
            "/item/a!b",
            "/item/~a",
            "/item/a=b",
            "/item/a&b",
            "/item/a$b",
            "/item/(a)",
            "/item/a*b",
            "/item/%7Ba%7D",
            "/item/a%5Cb",
            "/item/a%0Ab",
            "/item/%F0%9F%98%80",
            "/item/...",
            "/item/0",
            "/item/None",
            "/item/-1",
            "/item/item",
            "/item/dev",
            "/item/a%00b",
            "/item/%FF",
            "/item/a%20",
            "/item/%20",
            "/item/" + "x" * 500,
            "/pair/a/b",
            "/pair/a",
            "/pair/a/b/c",
            "/pair/a%20b/%C3%BC",
            "/pair/x/x/",
            "/sibling/x",
            "/sibling/x/3",
            "/sibling/y",
            "/sibling/y/3",
            "/sibling/x/three",
            "/file/a",
            "/file/a/b",
            "/file/a/b/c/d/e",
            "/file/a/",
            "/file/a%20b/c",
            "/file",
            "/file/",
            "/file/%C3%BC/x",
            "/file/a/b/",
            "/file/dev/x",
            "/file/a.b/c.d",
            "/number/5",
            "/number/-5",
            "/number/five",
            "/number/5.0",
            "/number/",
            "/number",
            "/number/99999999999999999999",
            "/number/0x10",
            "/number/%35",
            "/when/2024-02-29",
            "/when/2023-02-29",
            "/when/today",
            "/nope",
            "/nope/",
            "/Item/a",
            "/item",
            "/item/",
            "/te%78t",
            "/text/more",
            "/TEXT",
            "/favicon.ico",
            "/dev",
            "/dev/text",
            "/text/",
            "/shop/inner/deep/v",
            "/%2e%2e/text",
            "/shop/article/3",
            "/shop/article/three",
            "/shop/article/3?currency=USD",
            "/shop/broken",
            "/shop/nope",
            "/shop/inner/deep",
            "/static/x",
            "/text?",
            "/text??",
        ]
    )
]
METHODS = [
    Ask("PUT", "/item/a", (JSON,), b'{"x": 1}'),
    Ask("PATCH", "/item/a", (JSON,), b'{"count": 3}'),
    Ask("PATCH", "/item/a", (JSON,), b'{"count": "3"}'),
    Ask("PATCH", "/item/a", (JSON,), b'{"count": "x"}'),
    Ask("PATCH", "/item/a"),
    Ask("DELETE", "/item/a"),
    Ask("DELETE", "/item/a?force=yes"),
    Ask("DELETE", "/item/a?force=perhaps"),
    Ask("DELETE", "/item/a", (JSON,), b'{"force": true}'),
    Ask("DELETE", "/item/a?force=1", (JSON,), b'{"force": false}'),
    Ask("HEAD", "/item/a"),
    Ask("OPTIONS", "/item/a"),
    Ask("POST", "/send/mail"),
    Ask("POST", "/send/mail", (JSON,), b'{"to": "mia"}'),
    Ask("PUT", "/item/a", (JSON,), b'{"value": "again"}'),
    get("/plain/3", token("token")),
    get("/plain/three", token("token")),
    get("/sibling/y/tail", token("token")),
    Ask("POST", "/plain/3", (token("token"),), b"body"),
]
QUERIES = [
    get(f"/query{query}")
    for query in (
        [
            "",
            "?",
            "?a=1",
            "?a=1&a=2",
            "?a",
            "?a=",
            "?a=&a=",
            "?=1",
            "?a=b=c",
            "?a=1&&b=2",
            "?&",
            "?a=x%20y",
            "?a=x+y",
            "?a=x%2By",
            "?%C3%BC=%C3%A4",
            "?a=%26&b=%3D",
            "?a=%25",
            "?page[number]=3",
            "?page%5Bnumber%5D=3",
            "?a[]=1&a[]=2",
            "?a.b=1",
            "?a-b=1",
            "?self=1",
            "?b=2&a=1&b=3",
            "?A=1&a=2",
            "?a=%E4%B8%96",
            "?a=%00",
            "?a=%0A",
            "?a=" + "x" * 2000,
            "?" + "&".join(f"k{n}={n}" for n in range(50)),
        ]
    )
]
TYPED = [
    get(f"/typed?{query}")
    for query in (
        [
            "number=5",
            "number=-5",
            "number=5.5",
            "number=",
            "number=x",
            "number=1&number=2",
            "number=0",
            "ratio=0.5",
            "ratio=1e3",
            "ratio=nan",
            "ratio=x",
            "flag=true",
            "flag=YES",
            "flag=0",
            "flag=2",
            "flag=",
            "text=",
            "text=null",
            "text=%C3%BC",
            "numbers=1",
            "numbers=1&numbers=2",
            "numbers=x",
            "names=a&names=b&names=a",
            "colour=red",
            "colour=green",
            "kind=b",
            "kind=c",
            "either=1",
            "either=one",
            "unknown=1",
            "number=x&ratio=y",
            "number=5&flag=no&text=t&numbers=3&colour=blue",
        ]
    )
] + [
    get("/required?needed=1"),
    get("/required"),
    get("/required?other=1"),
    get("/required?needed=x"),
    get("/bracketed?page[number]=4"),
    get("/bracketed?page__number__=4"),
    get("/aliased?user-id=4&class=x"),
    get("/aliased?user-id=x"),
    get("/aliased?user=4&class_=x"),
    send("POST", "/aliased?class=y", {"user-id": 4}),
    send("POST", "/aliased", {"user": 4}),
    form("POST", "/aliased?class=y", {"user-id": "4"}),
    get("/text?x=1"),
    get("/item/a?value=b"),
    get("/item/a?x=1"),
    Ask("GET", "/query?a=1", (JSON,), b'{"b": 2}'),
]
BODIES = [
    send("POST", "/typed", value)
    for value in (
        {},
        {"number": 5},
        {"number": "5"},
        {"number": 5.0},
        {"number": 5.5},
        {"number": True},
        {"number": None},
        {"price": "1.10"},
        {"price": 1.5},
        {"key": "12345678-1234-5678-1234-567812345678"},
        {"key": "nope"},
        {"when": "2024-01-02T03:04:05"},
        {"when": "yesterday"},
        {"point": {"x": 1}},
        {"point": {"x": 1, "y": 2}},
        {"point": {"y": 2}},
        {"point": '{"x": 3}'},
        {"point": [1]},
        {"size": {"width": 3}},
        {"size": {}},
        {"item": {"name": "n"}},
        {"item": {"name": 3}},
        {"tags": []},
        {"tags": ["a", "b"]},
        {"tags": "a"},
        {"tags": [1]},
        {"data": {"a": [1, {"b": None}]}},
        {"data": "text"},
        {"maybe": 0},
        {"maybe": None},
        {"unknown": 1},
        {"number": "x", "price": "y"},
        {"ü": "ä"},
        {"self": 1},
        [],
        [1, 2],
        "text",
        3,
        None,
    )
] + [
    Ask("POST", "/typed", (JSON,), b""),
    Ask("POST", "/typed", (JSON,), b"{"),
    Ask("POST", "/typed", (JSON,), b'{"number": NaN}'),
    Ask("POST", "/typed", (JSON,), b'\xff{"number": 1}'),
    Ask("POST", "/typed", (JSON,), b'{"number": 1}trailing'),
    Ask("POST", "/typed", (JSON,), b"[" * 2000 + b"]" * 2000),
    Ask("POST", "/typed", (), b'{"number": 4}'),
    Ask("POST", "/typed?number=7", (JSON,), b'{"number": 4}'),
    Ask("POST", "/typed", (("Content-Type", "application/json; charset=utf-8"),), b'{"number": 4}'),
    Ask("POST", "/typed", (("Content-Type", "application/vnd.api+json"),), b'{"number": 4}'),
    Ask("POST", "/typed", (("Content-Type", "text/plain"),), b'{"number": 4}'),
    Ask("POST", "/typed", (("Content-Type", "application/xml"),), b"<a/>"),
    Ask("POST", "/typed", (("Content-Type", "nonsense"),), b"x"),
    form("POST", "/typed", {"number": 5, "tags": ["a", "b"]}),
    form("POST", "/typed", {"point": '{"x": 1}', "price": "2.50"}),
    form("POST", "/typed", {"number": ["1", "2"]}),
    form("POST", "/any", {"a": "ü", "b": ["1", "2"], "page[number]": "3"}),
    Ask("POST", "/any", (FORM,), b"a=%FF&b"),
    send("POST", "/any", {"a": 1, "b": [1], "c": None, "d": {"e": 1}}),
    send("POST", "/single", [1, 2, 3]),
    send("POST", "/single", {"values": [1]}),
    send("POST", "/single", ["x"]),
    send("POST", "/nothing", {"a": 1}),
    Ask("POST", "/nothing"),
    form("PUT", "/form", {"a": "1", "b": "2"}),
    form("PUT", "/form", {"b": "x"}),
    Ask("POST", "/raw", (("Content-Type", "application/octet-stream"),), bytes(range(256))),
    Ask("POST", "/raw", (("Content-Type", "text/plain; charset=latin-1"),), b"Gr\xfc\xdfe"),
    Ask("POST", "/raw", (("Content-Type", "image/png"),), b"\x89PNG" * 100),
    Ask("POST", "/raw", (("Content-Type", "text/plain"),), "Grüße".encode()),
    Ask("POST", "/raw", (JSON,), b"{not json"),
    Ask("POST", "/raw"),
    Ask(
        "POST", "/length", (("Content-Type", "application/octet-stream"),), bytes(range(256)) * 4000
    ),
    Ask("POST", "/length", (("Content-Type", "text/plain"),), b"x" * 3_000_000),
    Ask("POST", "/unzip", (("Content-Encoding", "gzip"),), gzip.compress(b"zipped" * 50, mtime=0)),
    Ask("POST", "/any", (JSON, ("Content-Encoding", "gzip")), gzip.compress(b"{}", mtime=0)),
]
UPLOADS = [
    multipart("/upload", ('name="file"; filename="a.txt"', "text/plain", b"hello")),
    multipart("/upload", ('name="file"; filename="b.bin"', "application/x", bytes(range(256)))),
    multipart(
        "/upload",
        ('name="title"', None, "Grüße".encode()),
        ('name="file"; filename="ü.txt"', "text/plain", b"x"),
    ),
    multipart("/upload", ('name="title"', None, b"only a title")),
    multipart("/upload", ('name="other"', None, b"unknown")),
    multipart(
        "/uploads",
        ('name="files"; filename="1"', "text/plain", b"one"),
        ('name="files"; filename="2"', "text/plain", b"two"),
    ),
    multipart("/typed", ('name="number"', None, b"12")),
    Ask("POST", "/upload", (MULTIPART,), b"no boundary in here"),
    Ask(
        "POST", "/upload", (MULTIPART,), f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode()
    ),
    Ask("POST", "/upload", (("Content-Type", "multipart/form-data"),), b"--x\r\n"),
]
REQUESTS = [
    get("/headers", ("X-Custom", "value"), ("User-Agent", "parity/1.0")),
    get("/headers", ("X-Several", "a"), ("X-Several", "b"), ("User-Agent", "parity/1.0")),
    get("/headers", ("x-custom", "lower"), ("user-agent", "lower/1.0")),
    get("/headers", ("X-CUSTOM", "UPPER"), ("ACCEPT", "text/html")),
    get("/headers", ("Cookie", "a=1; b=2")),
    get("/headers", ("X_Custom", "underscore")),
    get("/headers", ("Cookie", 'quoted="x y"; empty=; bad')),
    get("/headers", ("X-Custom", "")),
    get("/headers", ("X-Custom", "ü")),
    get("/headers", ("X-Custom", "  spaces  ")),
    get("/headers", ("X-Custom", "a,b;c=d")),
    get("/headers?z=1&y=2&z=3"),
    get("/headers?a=%C3%BC&b=x+y"),
    get("/text", ("X-Seen", "somebody")),
    get("/nope", ("X-Custom", "x")),
    get("/visits"),
    get("/visits", ("Cookie", "session=forged")),
]
ERRORS = [
    get(path)
    for path in (
        [f"/abort/{code}" for code in (400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429)]
        + [f"/abort/{code}" for code in (500, 501, 502, 503, 504)]
        + ["/abort/400?message=own%20words", "/abort/404?message=gone%20%C3%BC"]
        + ["/teapot", "/crash", "/abort/x", "/abort/999"]
    )
]
TOKENS = ("token", "dev", "prod", "context", "unauthorized", "wrong", "empty", "Token", "token ")
AUTHORIZATION = [
    get(path, *headers)
    for path in ("/private", "/private/item/a", "/text", "/nope")
    for headers in ((), *((token(value),) for value in TOKENS))
] + [
    get("/private", token("")),
    get("/private", ("authorization", "token")),
    get("/private", ("AUTHORIZATION", "context")),
    get("/private?x=1", token("token")),
    get("/private?x=1"),
    send("POST", "/private", {"value": 1}, token("context")),
    send("POST", "/private", {"value": 1}),
    send("POST", "/private", {"value": 1}, token("wrong")),
    send("PUT", "/shop/article/3", {"price": 1}, token("token")),
    send("PUT", "/shop/article/3", {"price": 1}),
    send("PUT", "/shop/article/three", {"price": 1}, token("token")),
    get("/private", token("crash")),
    get("/private", token("list")),
    get("/private", token("Bearer token")),
]
PREFLIGHT = ("Access-Control-Request-Method", "PUT")
CORS = [
    get("/shared"),
    get("/shared", ORIGIN_ONE),
    get("/shared", ORIGIN_TWO),
    get("/shared", ORIGIN_BAD),
    get("/shared/broken", ORIGIN_TWO),
    get("/text", ORIGIN_ONE),
    Ask("OPTIONS", "/shared", (ORIGIN_ONE, PREFLIGHT)),
    Ask("OPTIONS", "/shared", (ORIGIN_TWO, PREFLIGHT)),
    Ask("OPTIONS", "/shared", (ORIGIN_BAD, PREFLIGHT)),
    Ask("OPTIONS", "/shared"),
    Ask("OPTIONS", "/shared/broken", (ORIGIN_ONE, PREFLIGHT)),
    Ask("OPTIONS", "/shared", (("origin", "https://two.example"), PREFLIGHT)),
    send("PUT", "/shared", {"value": 1}, ORIGIN_ONE, token("token")),
    send("PUT", "/shared", {"value": 1}, ORIGIN_ONE),
    send("PUT", "/shared", {"value": 1}, ORIGIN_ONE, token("wrong")),
    send("PUT", "/shared", {"value": 1}, ORIGIN_TWO, token("wrong")),
    Ask("DELETE", "/shared", (ORIGIN_ONE,)),
    get("/abort/403", ORIGIN_ONE),
    get("/nope", ORIGIN_ONE),
    get("/private", ORIGIN_TWO),
    get("/private", ORIGIN_TWO, token("wrong")),
    get("/private", ORIGIN_TWO, token("token")),
]
OTHER_SERVICES = [
    get("/", service="Public"),
    get("/", ORIGIN_ONE, service="Public"),
    get("/word", service="Public"),
    get("/any/a/b", service="Public"),
    get("/any", service="Public"),
    get("/a/b", ORIGIN_ONE, service="Public"),
    get("/", token("whatever"), service="Public"),
    send("POST", "/", {"text": "hi"}, ORIGIN_ONE, service="Public"),
    send("POST", "/", {"nope": "hi"}, ORIGIN_ONE, service="Public"),
    Ask("OPTIONS", "/", (ORIGIN_BAD, PREFLIGHT), service="Public"),
    get("/", service="Hello"),
    get("", service="Hello"),
    get("/nope", service="Hello"),
    get("/?x=1", service="Hello"),
    get("/", service="First"),
    get("/", token("token"), service="First"),
    get("", token("token"), service="First"),
    get("/", token("other"), service="First"),
    send("POST", "/", {"value": 20}, token("token"), service="First"),
    get("/", token("token"), service="First"),
    send("POST", "/", {"value": None}, token("token"), service="First"),
    send("POST", "/", {}, token("token"), service="First"),
    send("POST", "/", {"values": 1}, token("token"), service="First"),
    send("POST", "/", {"value": 20}, service="First"),
    get("/", token("token"), service="First"),
    get("/nope", service="First"),
    get("/nope", token("token"), service="First"),
]

STREAMS = [
    get(path, *headers, service="Streaming")
    for path, *headers in (
        ("/",),
        ("/texts",),
        ("/texts?n=0",),
        ("/texts?n=x",),
        ("/texts?unknown=1",),
        ("/texts/",),
        ("/events",),
        ("/events", ORIGIN_ONE),
        ("/image/name.png",),
        ("/image/a%20b",),
        ("/headers",),
        ("/late",),
        ("/protected", token("token")),
        ("/protected", token("wrong")),
        ("/protected",),
        ("/refused/409",),
        ("/refused/404",),
        ("/broken",),
        ("/nothing",),
        ("/empty",),
        ("/nowhere",),
    )
] + [
    send("POST", "/lines", {"lines": ["a", "é"]}, service="Streaming"),
    send("POST", "/lines", {"lines": 1}, service="Streaming"),
    Ask("POST", "/lines", (JSON,), b"{no", "Streaming"),
    Ask("OPTIONS", "/events", (ORIGIN_ONE, PREFLIGHT), service="Streaming"),
]

PAGES = [
    get("/page"),
    get("/page/5"),
    get("/page/five"),
    get("/marked"),
    get("/marked", token("token")),
    get("/assets/style.css"),
    get("/assets/style.css", ("If-None-Match", "*")),
    get("/assets/style.css", ("If-None-Match", '"other"')),
    get("/assets/style.css", ("Range", "bytes=0-1")),
    get("/assets/none.css"),
]

ALIKE = (
    ANSWERS
    + CONTENT_NEGOTIATION
    + LINKS
    + PATHS
    + METHODS
    + QUERIES
    + TYPED
    + BODIES
    + UPLOADS
    + REQUESTS
    + ERRORS
    + AUTHORIZATION
    + CORS
    + OTHER_SERVICES
    + STREAMS
    + PAGES
)
