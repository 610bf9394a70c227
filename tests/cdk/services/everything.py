"""What a service can have."""

from coworks_runtime import Blueprint, Cors, TechMicroService, entry


class Part(Blueprint):
    @entry(no_cors=False)
    def get_part(self, number: int):
        return {"number": number}


class Everything(TechMicroService):
    """Has everything.

    And more.
    """

    authorization_header = "X-Token"
    cors = Cors(
        allow_origins=("https://a.example", "https://b.example:8443"),
        allow_headers=("Content-Type", "X-Token"),
        expose_headers=("X-Count",),
        allow_credentials=True,
        max_age=60,
    )

    def token_authorizer(self, token):
        return token == "token"

    @entry(no_auth=True)
    def get(self):
        return "everything"

    @entry(no_cors=False)
    def get_content(self, value):
        return value

    @entry(no_cors=False)
    def put_content(self, value, *, text: str):
        return value + text

    @entry
    def get_content_detail(self, *path):
        return "/".join(path)

    @entry(stage="prod")
    def get_only_prod(self):
        return "prod"

    @entry(binary_headers={"Content-Type": "image/png"})
    def get_image(self):
        return b"PNG"


app = Everything(name="everything")
app.register_blueprint(Part(), url_prefix="/parts")


@app.route("/plain/<int:number>", methods=["GET", "POST"])
def plain(number):
    return str(number)
