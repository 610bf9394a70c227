"""One service with the extensions that Flask's users take first."""

from datetime import timedelta

import flask
from cachelib import SimpleCache
from flask_babel import Babel, format_decimal, gettext
from flask_caching import Cache
from flask_compress import Compress
from flask_cors import CORS
from flask_httpauth import HTTPBasicAuth
from flask_jwt_extended import JWTManager, create_access_token, get_jwt_identity, jwt_required
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_restx import Api as RestxApi
from flask_restx import Resource
from flask_session import Session
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields
from sqlalchemy.pool import StaticPool
from wtforms import StringField
from wtforms.validators import DataRequired

from coworks_runtime import Blueprint, TechMicroService, entry, request

basic = HTTPBasicAuth()
cache = Cache(config={"CACHE_TYPE": "SimpleCache"})
csrf = CSRFProtect()
database = SQLAlchemy()
limiter = Limiter(lambda: request.remote_addr or "nobody", storage_uri="memory://")
talisman = Talisman()


class Item(database.Model):
    """A row."""

    id = database.Column(database.Integer, primary_key=True)
    name = database.Column(database.String(20))


class User(UserMixin):
    """Who logs in."""

    def __init__(self, name):
        self.id = name


class NameForm(FlaskForm):
    """A form with a value that it wants."""

    name = StringField(validators=[DataRequired()])


@basic.verify_password
def verify(name, password):
    """Let one user in."""
    return name if (name, password) == ("alice", "secret") else None


class ItemSchema(Schema):
    """What smorest reads and writes."""

    number = fields.Integer(required=True)


class Exempt(Blueprint):
    """A blueprint whose forms ask for no mark."""

    @entry(no_auth=True)
    def post_sent(self):
        """Take whatever comes."""
        return "taken"


class Shop(TechMicroService):
    """A service with all of them."""

    authorization_header = "X-Token"
    public_endpoints = ("restx.*", "numbers.*", "api-docs.*")

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0
        self.config.update(
            SECRET_KEY="0123456789abcdef0123456789abcdef",
            JWT_SECRET_KEY="0123456789abcdef0123456789abcdef",
            JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=5),
            API_TITLE="Shop",
            API_VERSION="v1",
            OPENAPI_VERSION="3.0.2",
            OPENAPI_URL_PREFIX="/smorest",
            OPENAPI_JSON_PATH="openapi.json",
            SESSION_TYPE="cachelib",
            SESSION_CACHELIB=SimpleCache(),
            SQLALCHEMY_DATABASE_URI="sqlite://",
            SQLALCHEMY_ENGINE_OPTIONS={
                "connect_args": {"check_same_thread": False},
                "poolclass": StaticPool,
            },
        )
        Babel(self, locale_selector=lambda: request.args.get("lang", "en"))
        Compress(self)
        CORS(self, resources={"/cors": {"origins": "https://a.test"}})
        JWTManager(self)
        Session(self)
        self.manager = LoginManager(self)
        self.manager.user_loader(User)
        cache.init_app(self)
        csrf.init_app(self)
        database.init_app(self)
        limiter.init_app(self)
        talisman.init_app(self, force_https=False)
        with self.app_context():
            database.create_all()
        self.register_blueprint(Exempt(), url_prefix="/exempt")
        csrf.exempt(self.view_functions["exempt.post_sent"])
        self._add_smorest()
        self._add_restx()

    def _add_smorest(self):
        numbers = SmorestBlueprint("numbers", __name__, url_prefix="/numbers")
        csrf.exempt(numbers)

        @numbers.route("/twice", methods=["POST"])
        @numbers.arguments(ItemSchema)
        @numbers.response(201, ItemSchema)
        def twice(data):
            return {"number": data["number"] * 2}

        SmorestApi(self).register_blueprint(numbers)

    def _add_restx(self):
        blueprint = flask.Blueprint("restx", __name__, url_prefix="/restx")
        api = RestxApi(blueprint, title="Restx")

        @api.route("/hello/<int:number>")
        class Hello(Resource):
            def get(self, number):
                if number == 0:
                    api.abort(409, "no zero")
                return {"number": number}, 200, {"X-Restx": "1"}

        self.register_blueprint(blueprint)

    def token_authorizer(self, token):
        """Let one token in."""
        return token == "t"

    @entry(no_auth=True)
    def post_login(self, name):
        """Log a user in."""
        login_user(User(name))
        return flask.session["_user_id"]

    @entry(no_auth=True)
    @login_required
    def get_me(self):
        """Tell the user."""
        return current_user.id

    @entry(no_auth=True)
    def get_mark(self):
        """Give a form's mark."""
        return generate_csrf()

    @entry(no_auth=True)
    def post_form(self, **values):
        """Check a form."""
        form = NameForm(meta={"csrf": False})
        return {"valid": form.validate(), "errors": form.errors, "name": form.name.data}

    @entry(no_auth=True)
    def get_cors(self):
        """An answer for other origins, by the extension."""
        return "shared"

    @entry(no_auth=True)
    @limiter.limit("2 per minute")
    def get_limited(self):
        """An answer that is given twice."""
        return "within"

    @talisman(frame_options="DENY", content_security_policy="default-src 'none'")
    @entry(no_auth=True)
    def get_framed(self):
        """An answer with headers of its own."""
        return "framed"

    @entry(no_auth=True)
    @cache.cached(timeout=60)
    def get_cached(self):
        """An answer that is made once."""
        self.calls += 1
        return {"calls": self.calls}

    @entry(no_auth=True)
    @basic.login_required
    def get_basic(self):
        """An answer for one user."""
        return basic.current_user()

    @entry(no_auth=True)
    def get_token(self):
        """A token of JWT."""
        return {"token": create_access_token("alice")}

    @entry(no_auth=True)
    @jwt_required()
    def get_identity(self):
        """Who the token is for."""
        return get_jwt_identity()

    @entry(no_auth=True)
    def get_long(self):
        """What is worth compressing."""
        return "x" * 5000

    @entry(no_auth=True)
    def get_count(self):
        """How often this session was here."""
        flask.session["count"] = flask.session.get("count", 0) + 1
        return {"count": flask.session["count"]}

    @entry(no_auth=True)
    def get_price(self, lang: str = "en"):
        """A number in the caller's language."""
        return format_decimal(1234.5) + gettext("!")

    @entry
    def get_row(self, name):
        """Write a row, and read it."""
        database.session.add(Item(name=name))
        database.session.commit()
        found = database.session.execute(database.select(Item).filter_by(name=name)).scalars()
        return [item.name for item in found]
