"""What users' snapshot tests compare."""

import json

from aws_cdk import App, Stack

from coworks_cdk import CoworksMicroService
from coworks_cdk.testing import stable_template

SOURCE = """
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "ANSWER"

app = Service(name="service")
"""


def stable(folder, answer, layer_arn):
    (folder / "service.py").write_text(SOURCE.replace("ANSWER", answer))
    stack = Stack(App(), "Stack")
    CoworksMicroService(
        stack, "Service", app="service", project_dir=folder, coworks_layer=layer_arn
    )
    return stable_template(stack)


def test_code_that_changes_does_not_change_it(tmp_path, layer_arn):
    one = stable(tmp_path, "one", layer_arn)
    two = stable(tmp_path, "two", layer_arn)
    assert one == two
    (function,) = [
        id_ for id_, r in one["Resources"].items() if r["Type"] == "AWS::Lambda::Function"
    ]
    key = one["Resources"][function]["Properties"]["Code"]["S3Key"]
    assert key == f"asset-of-{function}.zip"
    assert json.loads(json.dumps(one)) == one
