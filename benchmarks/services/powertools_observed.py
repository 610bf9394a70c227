"""The same service with Powertools' Logger and Metrics: a line of the log a request."""

from types import SimpleNamespace

from aws_lambda_powertools import Logger, Metrics

from powertools import app

logger = Logger(service="service")
metrics = Metrics(namespace="Bench", service="service")


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def observed(event, context):
    metrics.add_metric(name="Count", unit="Count", value=1)
    return app.resolve(event, context)


CONTEXT = SimpleNamespace(
    function_name="service",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:service",
    aws_request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
)


def handler(event, context):
    return observed(event, context or CONTEXT)
