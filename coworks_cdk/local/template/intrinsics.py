"""CloudFormation's intrinsic functions, evaluated with the values that a deploy would give.

Physical ids are made up from the stack and the logical id, the same on each run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.template.assembly import StackSource

VERSION = "1"
"""The number of every function's version: there is one."""
_SUB = re.compile(r"\$\{(!?)([^}]+)\}")


def physical_id(*parts: str, length: int = 10) -> str:
    """Give the made-up id of a resource: ``length`` characters of ``[0-9a-z]``."""
    number = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest(), "big")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    characters = []
    for _ in range(length):
        number, rest = divmod(number, len(digits))
        characters.append(digits[rest])
    return "".join(characters)


class Resolver:
    """Evaluates the expressions of one stack; knows the exports of the others."""

    def __init__(self, source: StackSource, exports: Mapping[str, tuple[Resolver, Any]]) -> None:
        """Evaluate for ``source``.

        :param exports: export names to the stack and the expression behind them; may be filled
            after this.
        """
        self.source = source
        self._exports = exports
        self._resources: Mapping[str, Any] = source.template.get("Resources", {})

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """Give a resource's properties, unevaluated."""
        properties: Mapping[str, Any] = self._resources[logical_id].get("Properties", {})
        return properties

    def text(self, expression: Any, where: str) -> str:
        """Evaluate to a string; numbers and booleans as CloudFormation writes them."""
        value = self.value(expression, where)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if not isinstance(value, str):
            raise LocalError(f"{where}: a string was expected, got {value!r}")
        return value

    def number(self, expression: Any, where: str) -> float:
        """Evaluate to a number, which CloudFormation takes as a text too.

        :raises LocalError: where it is none.
        """
        value = self.value(expression, where)
        try:
            return float("" if isinstance(value, bool) else value)
        except (TypeError, ValueError):
            raise LocalError(f"{where}: a number was expected, got {value!r}") from None

    def pattern(self, expression: Any, where: str) -> str | None:
        """Evaluate to a regular expression; None where there is none.

        :raises NotEmulated: for one that Python reads otherwise than Java, or not at all.
        """
        text = "" if expression is None else self.text(expression, where)
        try:
            re.compile(text)
        except re.error as error:
            raise NotEmulated(
                f"the pattern {text!r}", where, f"use one that Python knows: {error}"
            ) from error
        return text or None

    def value(self, expression: Any, where: str) -> Any:
        """Evaluate an expression.

        :param where: the logical id for error messages.
        :raises NotEmulated: for an intrinsic function that isn't known here.
        """
        if isinstance(expression, Mapping):
            if len(expression) == 1:
                ((name, argument),) = expression.items()
                if name == "Ref":
                    return self._ref(argument, where)
                if name.startswith("Fn::"):
                    return self._function(name, argument, where)
            return {key: self.value(item, where) for key, item in expression.items()}
        if isinstance(expression, list):
            return [self.value(item, where) for item in expression]
        return expression

    def _function(self, name: str, argument: Any, where: str) -> Any:
        match name:
            case "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._attribute(parts[0], parts[1], where)
            case "Fn::Join":
                separator, items = argument
                return separator.join(self.text(i, where) for i in self.value(items, where))
            case "Fn::Sub":
                return self._sub(argument, where)
            case "Fn::Select":
                index, items = argument
                return self.value(items, where)[int(index)]
            case "Fn::Split":
                separator, text = argument
                return self.text(text, where).split(separator)
            case "Fn::ImportValue":
                return self._import(self.text(argument, where), where)
            case "Fn::If":
                condition, yes, no = argument
                return self.value(yes if self._condition(condition, where) else no, where)
        raise NotEmulated(name, where, "use a value that is known at synth")

    def _condition(self, name: str, where: str) -> bool:
        return self._truth(self.source.template.get("Conditions", {}).get(name), where)

    def _truth(self, expression: Any, where: str) -> bool:
        if isinstance(expression, Mapping) and len(expression) == 1:
            ((name, argument),) = expression.items()
            match name:
                case "Fn::Equals":
                    left, right = self.value(argument, where)
                    return bool(left == right)
                case "Fn::Or":
                    return any(self._truth(item, where) for item in argument)
                case "Fn::And":
                    return all(self._truth(item, where) for item in argument)
                case "Fn::Not":
                    return not self._truth(argument[0], where)
                case "Condition":
                    return self._condition(argument, where)
        raise NotEmulated(f"the condition {expression!r}", where, "use Fn::Equals, Or, And, Not")

    def _sub(self, argument: Any, where: str) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return self.text(variables[name], where)
            if "." in name:
                return self.text({"Fn::GetAtt": name}, where)
            return self.text({"Ref": name}, where)

        return _SUB.sub(replace, text)

    def _import(self, name: str, where: str) -> Any:
        deployed = self.source.deployed
        if deployed is not None and name in deployed.exports:
            return deployed.exports[name]
        if name not in self._exports:
            known = ", ".join(sorted(self._exports)) or "none"
            raise LocalError(
                f"{where}: Fn::ImportValue of {name!r}, which no stack of this assembly exports "
                f"(exports: {known})"
            )
        resolver, expression = self._exports[name]
        return resolver.value(expression, name)

    def _ref(self, name: str, where: str) -> Any:
        pseudo: dict[str, Any] = {
            "AWS::AccountId": self.source.account,
            "AWS::Region": self.source.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.source.name,
            "AWS::StackId": self._arn("cloudformation", f"stack/{self.source.name}/0"),
            "AWS::NoValue": None,
            "AWS::NotificationARNs": [],
        }
        if name in pseudo:
            return pseudo[name]
        parameters = self.source.template.get("Parameters", {})
        if name in parameters:
            deployed = self.source.deployed
            parameter = parameters[name]
            if deployed is not None and name in deployed.parameters:
                return _parameter(parameter["Type"], deployed.parameters[name])
            if "Default" not in parameter or parameter["Type"].startswith("AWS::SSM"):
                raise NotEmulated(
                    f"the parameter {name} ({parameter['Type']})", where, "give it a default value"
                )
            return _parameter(parameter["Type"], parameter["Default"])
        if name not in self._resources:
            raise LocalError(f"{where}: Ref of {name!r}, which the template does not hold")
        return self._reference(name)

    def _reference(self, logical_id: str) -> str:
        properties = self.properties(logical_id)
        deployed = self.source.deployed
        if deployed is not None and deployed.serves(self._resources[logical_id]["Type"]):
            return deployed.reference(logical_id, self.source.name)
        match self._resources[logical_id]["Type"]:
            case "AWS::Lambda::Function":
                return self._name(properties.get("FunctionName"), logical_id)
            case "AWS::Lambda::Version":
                function = self._function_arn(properties["FunctionName"], logical_id)
                return f"{function}:{VERSION}"
            case "AWS::Lambda::Alias":
                function = self._function_arn(properties["FunctionName"], logical_id)
                return f"{function}:{self.text(properties['Name'], logical_id)}"
            case "AWS::Lambda::LayerVersion":
                name = self._name(properties.get("LayerName"), logical_id)
                return self._arn("lambda", f"layer:{name}:1")
            case "AWS::SecretsManager::Secret":
                name = self._name(properties.get("Name"), logical_id)
                suffix = physical_id(self.source.name, logical_id, length=6)
                return self._arn("secretsmanager", f"secret:{name}-{suffix}")
            case "AWS::ApiGateway::Stage":
                return self.text(properties["StageName"], logical_id)
            case type_ if type_.startswith("AWS::ApiGateway::"):
                return physical_id(self.source.name, logical_id)
        return f"{self.source.name}-{logical_id}"

    def _attribute(self, logical_id: str, attribute: str, where: str) -> str:
        if logical_id not in self._resources:
            raise LocalError(f"{where}: Fn::GetAtt of {logical_id!r}, which the template lacks")
        type_ = self._resources[logical_id]["Type"]
        deployed = self.source.deployed
        if deployed is not None and deployed.serves(type_):
            return deployed.attribute(logical_id, type_, attribute, where)
        reference = self._reference(logical_id)
        match type_, attribute:
            case "AWS::Lambda::Function", "Arn":
                return self._arn("lambda", f"function:{reference}")
            case "AWS::Lambda::Version", "Version":
                return VERSION
            case "AWS::Lambda::Version", "FunctionArn":
                return reference
            case "AWS::Lambda::Alias", "AliasArn":
                return reference
            case "AWS::ApiGateway::RestApi", "RootResourceId":
                return physical_id(self.source.name, logical_id, "root")
            case _, "Arn":
                service = type_.split("::")[1].lower()
                return self._arn(service, reference)
            case _, ("AuthorizerId" | "RestApiId" | "DeploymentId" | "Id" | "ResourceId"):
                return reference
        raise NotEmulated(
            f"Fn::GetAtt of {attribute} of {logical_id} ({type_})", where, "use its Ref or Arn"
        )

    def _function_arn(self, expression: Any, where: str) -> str:
        """The ARN of a function that is given by its name or its ARN."""
        text = self.text(expression, where)
        return text if text.startswith("arn:") else self._arn("lambda", f"function:{text}")

    def _name(self, expression: Any, logical_id: str) -> str:
        if expression is not None:
            return self.text(expression, logical_id)
        suffix = physical_id(self.source.name, logical_id, length=12)
        return f"{self.source.name[:24]}-{logical_id[:24]}-{suffix}"

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.source.region}:{self.source.account}:{resource}"


def _parameter(type_: str, value: Any) -> Any:
    """A parameter's value: several are written as one text."""
    if type_ == "CommaDelimitedList" or type_.startswith("List<"):
        return [item.strip() for item in str(value).split(",")]
    return value


def resolvers(sources: Sequence[StackSource]) -> tuple[Resolver, ...]:
    """Give a resolver for each stack, with the exports of all of them."""
    exports: dict[str, tuple[Resolver, Any]] = {}
    result = tuple(Resolver(source, exports) for source in sources)
    for resolver in result:
        for output in resolver.source.template.get("Outputs", {}).values():
            if "Export" in output:
                name = resolver.text(output["Export"]["Name"], "Outputs")
                exports[name] = (resolver, output["Value"])
    return result
