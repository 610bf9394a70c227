"""Four small projects, written as those of CoWorks 0.9 are."""

LAYER = "arn:aws:lambda:eu-west-1:935392763270:layer:coworks-0_9_4"

#: Each project's files, by path.
PROJECTS = {
    "fresh": {
        "project.cws.yml": f"""version: 3
commands:
  deploy:
    class: coworks.cws.deploy.deploy_command
    layers:
      - {LAYER}
workspaces:
  dev:
    commands:
      deploy:
        layers:
          - arn:aws:lambda:eu-west-1:935392763270:layer:coworks-dev
""",
        ".env": "TOKEN=token\nUSER_KEYS=mine,yours\n",
        "requirements.txt": "coworks==0.9.4\n",
        "tech/app.py": '''import os

from coworks import TechMicroService
from coworks import entry
from coworks import request
from coworks.blueprint.admin_blueprint import Admin
from coworks.blueprint.profiler_blueprint import Profiler


class MyMicroService(TechMicroService):
    DOC_MD = """
## Microservice for tests
"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Admin(), url_prefix='/admin')
        self.register_blueprint(Profiler(self), url_prefix='/profile')

    def token_authorizer(self, token):
        return token == os.getenv('TOKEN')

    @entry
    def get(self):
        if request.headers.get('USER_KEY') not in os.getenv('USER_KEYS', '').split(','):
            return "unknown user\\n", 403
        return "project ready!\\n"


app = MyMicroService()
''',
    },
    "several": {
        "project.cws.yml": f"""# The commands of this project.
commands:
  run:
    host: localhost
  deploy:
    bucket: code       # of the team
    profile_name: me
    memory_size: 256
    timeout: 20
    ignore: [assets]
    layers: [{LAYER}]
workspaces:
  prod:
    commands:
      deploy:
        memory_size: 1024
""",
        ".flaskenv": "FLASK_APP=first\n",
        "tech/requirements.txt": "coworks[all]>=0.9\n",
        "tech/hello.py": """import coworks


class Hello(coworks.TechMicroService):

    @coworks.entry(no_auth=True)
    def get(self):
        return "Hello world.\\n"


app = Hello()
""",
        "tech/first.py": """from coworks import TechMicroService, entry


class First(TechMicroService):

    def __init__(self, **kwargs):
        super().__init__(name="first-ms", **kwargs)
        self.value = 0

    def token_authorizer(self, token):
        return token == "token"

    @entry
    def get(self):
        return f"Stored value {self.value}.\\n"

    @entry
    def post(self, value=None):
        if value is not None:
            self.value = value
        return f"Value stored ({value}).\\n"


app = First()
""",
    },
    "website": {
        "Pipfile": '[packages]\nrequests = "*"\ncoworks = "*"  # the framework\n',
        "Pipfile.lock": '{"default": {"coworks": {"version": "==0.9.4"}}}\n',
        "tech/website.py": """from coworks.coworks import Blueprint, TechMicroService, entry
from coworks.globals import request
from flask import render_template, url_for


class Account(Blueprint):

    @entry(no_auth=True)
    def get_login(self):
        return {"where": url_for("account.get_login"), "who": request.args.get("name")}


class Website(TechMicroService):

    def __init__(self, **kwargs):
        super().__init__(name="website", **kwargs)
        self.register_blueprint(Account(), url_prefix='/account')

    @entry(no_auth=True)
    def get(self):
        headers = {'Content-Type': 'text/html; charset=utf-8'}
        return render_template("home.j2", title="Home"), 200, headers

    @entry(no_auth=True, binary_headers={'Content-Type': 'image/png'})
    def get_logo(self):
        return b"\\x89PNG"


app = Website()
""",
        "tech/templates/home.j2": "<h1>{{ title }}</h1>\n",
        "project.cws.yml": "version: 3\ncommands:\n  deploy:\n    binary_types: [image/png]\n"
        "    subnets: [subnet-0a1b2c3d, subnet-4e5f6a7b]\n    security_groups: [sg-0a1b2c3d]\n",
        ".env": "FLASK_APP=website\n",
    },
    "left": {
        "config/layers.cws.yaml": "commands:\n  deploy: {bucket: code, token_key: X-Key}\n",
        "pyproject.toml": """[project]
name = "layers"
version = "1"
dependencies = ["coworks[all]>=0.9", "requests"]
""",
        "tech/app.py": """import importlib
import json

from coworks import TechMicroService, entry


class Layers(TechMicroService):
    \"\"\"What is in use.\"\"\"

    def __init__(self, **kwargs):
        super().__init__(stage_prefixed=False, **kwargs)

    def init_app(self):
        self.ready = True

    def token_authorizer(self, token):
        return token == "key"

    @entry(no_auth=True)
    def get(self, full: bool = False):
        return json.dumps({"full": full})

    @entry
    def get_part(self, name="entry"):
        return str(importlib.import_module("coworks." + name).__name__)


app = Layers()
"""
        "",
        "tools/report.py": "from coworks.biz.operators import TechServicePush\n",
        "terraform/dev.tf": "",
    },
}
