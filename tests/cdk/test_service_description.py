"""Services read in processes of their own."""

import re

import pytest

from coworks_cdk import description_process
from coworks_cdk.description_process import DescriptionError, DescriptionProcess
from coworks_cdk.service_description import Cors, Parameter


def describe(folder, app, **environment):
    environment.setdefault("CWS_STAGE", "dev")
    with DescriptionProcess(app, project_dir=str(folder), environment=environment) as reading:
        return reading.result()


@pytest.fixture(scope="module")
def everything(services):
    return describe(services, "everything:app")


def test_what_is_read(everything):
    assert everything.name == "everything"
    assert everything.description == "Has everything."
    assert everything.authorization_header == "X-Token"
    assert everything.cors == Cors(
        allow_origins=("https://a.example", "https://b.example:8443"),
        allow_headers=("Content-Type", "X-Token"),
        expose_headers=("X-Count",),
        allow_credentials=True,
        max_age=60,
    )
    assert everything.protected
    assert everything.cross_origin


def test_entries_with_their_parameters(everything):
    (entry,) = [e for e in everything.entries if (e.method, e.path) == ("PUT", "/content/{value}")]
    assert str(entry) == "PUT /content/{value} (put_content)"
    assert entry.parameters == (
        Parameter("value", "path", required=True, type=None, default=None),
        Parameter("text", "keyword", required=True, type="str", default=None),
    )


def test_entries_of_another_stage_are_left_out(everything, services):
    assert "/only/prod" not in {entry.path for entry in everything.entries}
    prod = describe(services, "everything", CWS_STAGE="prod")
    assert "/only/prod" in {entry.path for entry in prod.entries}


def test_dotenv_files_give_the_environment_and_the_process_does_not(tmp_path, monkeypatch):
    (tmp_path / "service.py").write_text(
        "import os\n"
        "from coworks_runtime import TechMicroService, entry\n"
        "assert 'OUTSIDE' not in os.environ\n"
        "class Service(TechMicroService):\n"
        "    @entry(no_auth=True)\n"
        "    def get(self): return ''\n"
        "app = Service(name=os.environ['NAME'] + os.environ['GIVEN'])\n"
    )
    (tmp_path / ".env").write_text("NAME=service\nTOKEN=one\n")
    (tmp_path / ".env.v1").write_text("TOKEN=two\n")
    monkeypatch.setenv("OUTSIDE", "x")
    described = describe(tmp_path, "service:app", CWS_STAGE="v1", GIVEN="-given")
    assert described.name == "service-given"
    assert described.environment == {"NAME": "service", "TOKEN": "two"}
    assert not list(tmp_path.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (
            "missing:app",
            r"'missing:app' of .*No module named 'no_such_package'.*missing\.py, line 1",
        ),
        ("raises:app", r"KeyError: 'url' .*raises\.py, line 2"),
        ("nothing:app", "No module named 'nothing'"),
        ("impossible:other", "'other' is not defined"),
    ],
)
def test_a_service_that_cannot_be_imported(services, app, expected):
    with pytest.raises(DescriptionError) as refused:
        describe(services / "broken", app)
    assert re.search(expected, str(refused.value), re.DOTALL), refused.value


def test_a_service_that_does_not_end(tmp_path, monkeypatch):
    (tmp_path / "waits.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(description_process, "IMPORT_TIMEOUT", 0.2)
    with pytest.raises(DescriptionError, match=r"'waits:app' .* isn't imported after"):
        describe(tmp_path, "waits:app")


def test_the_process_ends_with_what_fails_beside_it(tmp_path):
    (tmp_path / "waits.py").write_text("import time\ntime.sleep(60)\n")
    reading = DescriptionProcess("waits:app", project_dir=str(tmp_path), environment={})
    with pytest.raises(LookupError), reading:
        raise LookupError
    assert reading._describer.process.returncode is not None


def test_the_folder_is_shown_as_the_user_wrote_it(tmp_path, monkeypatch):
    (tmp_path / "tech").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DescriptionError, match="of 'tech' can't be imported"):
        describe(tmp_path / "tech", "nothing:app")


def test_an_installed_package_needs_no_path(monkeypatch):
    monkeypatch.setattr(description_process, "__file__", "/x/site-packages/coworks_cdk/s.py")
    monkeypatch.setenv("PYTHONPATH", "/y")
    assert description_process.base_environment()["PYTHONPATH"] == "/y"
