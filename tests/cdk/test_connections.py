"""One service that calls another: what each is given, and that a stack of both can be deployed."""

import json

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

SERVICE = """
from coworks_runtime import TechMicroService, entry


class {name}(TechMicroService):
    @entry
    def get(self):
        return "x"


app = {name}()
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("Stock", "Orders"):
        (tmp_path / f"{name.lower()}.py").write_text(SERVICE.format(name=name))
    return tmp_path


def declared(folder, *names, **props):
    stack = Stack(App(context={"aws:cdk:bundling-stacks": []}), "Shop")
    return stack, [
        CoworksMicroService(stack, name, app=name.lower(), project_dir=folder, **props)
        for name in names
    ]


def variables(template, service):
    functions = template.find_resources("AWS::Lambda::Function")
    found = next(f for name, f in functions.items() if name.startswith(f"{service}Function"))
    return found["Properties"]["Environment"]["Variables"]


def test_the_caller_gets_url_and_token(folder):
    stack, (stock, orders) = declared(folder, "Stock", "Orders", environment={"TOKEN": "t"})
    orders.connect(stock)
    template = Template.from_stack(stack)
    given = variables(template, "Orders")
    assert given["CWS_STOCK_TOKEN"] == "t"
    assert "Fn::Join" in given["CWS_STOCK_URL"]
    assert json.dumps(given["CWS_STOCK_URL"]).endswith('"/dev"]]}')
    assert not [name for name in variables(template, "Stock") if name.startswith("CWS_STOCK")]


def test_the_caller_may_read_the_secret_and_the_template_holds_its_arn_only(folder):
    stack, (orders,) = declared(folder, "Orders")
    secret = secretsmanager.Secret(stack, "Token")
    stock = CoworksMicroService(stack, "Stock", app="stock", project_dir=folder, token=secret)
    orders.connect(stock)
    template = Template.from_stack(stack)
    ref = {"Ref": stack.get_logical_id(secret.node.default_child)}
    assert variables(template, "Orders")["CWS_STOCK_TOKEN_SECRET_ARN"] == ref
    policies = [
        policy
        for name, policy in template.find_resources("AWS::IAM::Policy").items()
        if name.startswith("Orders")
    ]
    assert "secretsmanager:GetSecretValue" in json.dumps(policies)


def test_services_may_call_each_other_and_themselves(folder):
    stack, (stock, orders) = declared(folder, "Stock", "Orders", environment={"TOKEN": "t"})
    orders.connect(stock)
    stock.connect(orders)
    stock.connect(stock)
    Template.from_stack(stack)  # it refuses circles
    assert cfn_lint(sorted_templates(stack)) == []


def sorted_templates(stack):
    from pathlib import Path

    return sorted(Path(stack.node.root.synth().directory).glob("*.template.json"))


def test_another_stack_is_referred_to(folder):
    app = App(context={"aws:cdk:bundling-stacks": []})
    one, other = Stack(app, "One"), Stack(app, "Other")
    stock = CoworksMicroService(one, "Stock", app="stock", project_dir=folder)
    CoworksMicroService(other, "Orders", app="orders", project_dir=folder).connect(stock)
    assert "Fn::ImportValue" in json.dumps(variables(Template.from_stack(other), "Orders"))


def test_two_services_of_one_class_are_told_apart(folder):
    stack, (stock, orders) = declared(folder, "Stock", "Orders")
    again = CoworksMicroService(stack, "Again", app="stock", project_dir=folder, stage="v2")
    orders.connect(stock)
    orders.connect(again)
    with pytest.raises(RuntimeError, match=r"Orders.*connect: got a service of the class 'Stock'"):
        stack.node.root.synth()
