from pathlib import Path

from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from tests.cfn_lint import cfn_lint

ROOT = Path(__file__).parents[2]


def test_cfn_lint_has_nothing_to_say(assembly):
    assert cfn_lint(sorted(assembly.glob("*.template.json"))) == []


def test_the_assembly_tells_the_services_folders(assembly):
    (source,) = read_assembly(assembly)
    assert source.services
    assert {(ROOT / folder).is_dir() for folder in source.services.values()} == {True}
    assert set(source.services) == {api.service for api in read_model([source]).apis}
