"""Metrics of one method, which API Gateway sends only where they are asked for."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import aws_apigateway as apigateway

_Setting = apigateway.CfnStage.MethodSettingProperty
_ALL = ("/*", "*")


def measure_method(stage: apigateway.IStage, path: str, method: str) -> None:
    """Have the metrics of a method sent, unless those of all methods are.

    A method's own settings stand in place of the stage's: it keeps these.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html

    :param stage: the API's stage.
    :param path: the resource's path.
    :param method: the HTTP method.
    """
    resource = cast("apigateway.CfnStage", stage.node.default_child)
    settings = [_read(setting) for setting in cast("list[Any]", resource.method_settings or [])]
    by_place = {(s["resource_path"], s["http_method"]): s for s in settings}
    general = by_place.get(_ALL, {})
    # "/" is itself; a slash within is written as JSON pointers write it.
    place = ("/" + path.replace("/", "~1") if path != "/" else path, method)
    own = by_place.get(place)
    if (own or general).get("metrics_enabled") is True:
        return
    kept = own or {**general, "resource_path": place[0], "http_method": method}
    by_place[place] = {**kept, "metrics_enabled": True}
    resource.method_settings = [_Setting(**values) for values in by_place.values()]


def _read(setting: Any) -> dict[str, Any]:
    """A setting's values, by the names that its constructor has."""
    values: dict[str, Any] = getattr(setting, "_values", setting)
    return {name: value for name, value in values.items() if value is not None}
