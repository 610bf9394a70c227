"""What of CoWorks' Python has a counterpart here, and what to use for the rest. Pure.

Facts of CoWorks 0.9: https://github.com/gdoumenc/coworks.
"""

# Modules, by what they are here, each with the names that there are; None for any.
MODULES: dict[str, tuple[str, frozenset[str] | None]] = {
    "coworks": (
        "coworks_runtime",
        frozenset({"TechMicroService", "Blueprint", "entry", "request", "__version__"}),
    ),
    "coworks.coworks": (
        "coworks_runtime",
        frozenset({"TechMicroService", "Blueprint", "entry"}),
    ),
    "coworks.globals": ("coworks_runtime", frozenset({"request"})),
    "coworks.version": ("coworks_runtime", frozenset({"__version__"})),
    "coworks.blueprint": (
        "coworks_runtime.blueprint",
        frozenset({"admin_blueprint", "profiler_blueprint"}),
    ),
    "coworks.blueprint.admin_blueprint": (
        "coworks_runtime.blueprint.admin_blueprint",
        frozenset({"Admin"}),
    ),
    "coworks.blueprint.profiler_blueprint": (
        "coworks_runtime.blueprint.profiler_blueprint",
        frozenset({"Profiler"}),
    ),
    "coworks.extension": ("coworks_runtime.extension", frozenset({"xray"})),
    "coworks.extension.xray": ("coworks_runtime.extension.xray", frozenset({"XRay"})),
}

# The first that a module begins with tells what to use in its place.
GONE = {
    "coworks.blueprint.mail_blueprint": "send mail with boto3's SES, or with smtplib",
    "coworks.blueprint.okta_blueprint": "ask Okta in token_authorizer, or use an authorizer of "
    "API Gateway (OIDC)",
    "coworks.blueprint.test_blueprint": "test with app.test_client(), or cws local",
    "coworks.blueprint": "write it as a Blueprint of your own",
    "coworks.extension.jsonapi": "return the documents as dicts, or use flask-restx or "
    "flask-smorest",
    "coworks.extension.odoo": "call Odoo by xmlrpc.client, or by its package odoorpc",
    "coworks.tech.directory": "cws deployed, or cws deployed --json, lists what is deployed",
    "coworks.biz": "AWS Step Functions, or Airflow's HTTP operator that calls the service's URL",
    "coworks.operators": "Airflow's HTTP operator that calls the service's URL",
    "coworks.sensors": "Airflow's HTTP sensor that calls the service's URL",
    "coworks.aws": "boto3",
    "coworks.cws": "a click command of your own, named in project.cws.yml; Terraform's part is the "
    "CDK's",
    "coworks.utils": "app.stage for the stage, url_for for links",
    "coworks.wrappers": "flask's Request and Response",
    "coworks": "Flask, whose application the service is",
}

# Methods of CoWorks' classes that a service may have overridden: never called here.
METHODS = {
    "init_app": "move what it does to __init__, after super().__init__(**kwargs)",
    "init_cli": "give the command to app.cli, as Flask does",
    "_check_token": "override token_authorizer",
    "_token_handler": "override token_authorizer",
    "_api_handler": "use before_request and after_request",
    "_lambda_handler": "use before_request and after_request",
    "store_response": "store the answer in an after_request hook",
    "header_autorizer_token": 'name the header in the class: authorization_header = "..."',
    "auto_find_instance_path": "pass instance_path= to super().__init__",
    "cws_client": "use app.test_client()",
}

# Keyword arguments of a service's constructor.
ARGUMENTS = {
    "stage_prefixed": "remove it: url_for knows the stage and a domain's base path by itself",
    "configs": "remove it: a stage's values are in .env.STAGE",
}

# Those that are taken out: what they asked for is so, or means nothing any more.
NEEDLESS = frozenset({"stage_prefixed"})

# Attributes of the request and of the service.
ATTRIBUTES = {
    "in_lambda_context": "request.aws_context is None locally",
    "aws_query_string": "request.args",
    "aws_body": "request.get_data(), or request.get_json()",
    "aws_url_map": "app.routes, or app.entry_map()",
    "deferred_init_routes_functions": "register_blueprint adds the routes at once",
}

# Variables that a deployed function had.
VARIABLES = {
    "CWS_LAMBDA": "AWS_LAMBDA_FUNCTION_NAME is Lambda's own",
    "CWS_DATETIME": "give one of your own by the prop environment",
    "CWS_BUCKET": "give the bucket's name by the prop environment, and grant its use",
    "CWS_KEY": "give one of your own by the prop environment",
}

# Keys of the event that CoWorks' templates made.
EVENT_KEYS = {
    "params": "headers, queryStringParameters and pathParameters are API Gateway's own",
    "entryPath": "path is API Gateway's own",
    "entryPathParameters": "pathParameters is API Gateway's own",
    "context": "requestContext is API Gateway's own",
}

# Services of AWS that every function could use, or that are commonly used: access is granted.
GRANTS = {
    "s3": "bucket.grant_read_write(service)",
    "dynamodb": "table.grant_read_write_data(service)",
    "sqs": "queue.grant_send_messages(service)",
    "sns": "topic.grant_publish(service)",
    "secretsmanager": "secret.grant_read(service)",
    "ssm": "parameter.grant_read(service)",
    "kms": "key.grant_decrypt(service)",
}


def replacement(module: str) -> str | None:
    """What a module is called here; None where it has no counterpart."""
    found = MODULES.get(module)
    return None if found is None else found[0]


def advice(module: str) -> str:
    """What to use in place of a module that has no counterpart."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        text = GONE.get(".".join(parts[:length]))
        if text:
            return text
    return GONE["coworks"]
