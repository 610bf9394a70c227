"""A real `cdk deploy` of the quickstart, against an AWS embedded in this machine."""
