"""What importing the package costs and offers."""

import subprocess
import sys

import pytest

import coworks_cdk


def test_the_package_does_not_start_the_cdk():
    code = (
        "import sys, coworks_cdk, coworks_cdk.testing\n"
        "assert 'aws_cdk' not in sys.modules and 'jsii' not in sys.modules\n"
        "assert 'flask' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_construct_loads_neither_flask_nor_the_runtime():
    code = (
        "import sys\n"
        "from coworks_cdk import CoworksMicroService\n"
        "assert 'flask' not in sys.modules and 'coworks_runtime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names():
    assert set(coworks_cdk.__all__) <= set(dir(coworks_cdk))
    for name in coworks_cdk.__all__:
        assert getattr(coworks_cdk, name).__name__ == name


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="'coworks_cdk' has no attribute 'Nothing'"):
        _ = coworks_cdk.Nothing
