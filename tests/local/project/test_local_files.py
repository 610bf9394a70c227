"""Which files a synth reads."""

import os

from coworks_cdk.local.project.files import changed, newest, scan

READ = {
    "app.py",
    "cdk.json",
    ".env",
    ".env.prod",
    "sub/stack.py",
    "tech/first.py",
    "tech/data.bin",
    "tech/templates/page.html",
    "tech/requirements.txt",
    "tech/.env",
}
NOT_READ = {
    "README.md",
    ".git/config.json",
    ".venv/lib.py",
    "env/pyvenv.cfg",
    "env/lib/module.py",
    "node_modules/a/index.json",
    "cdk.out/manifest.json",
    "out/manifest.json",
    "tests/test_app.py",
    "tech/__pycache__/first.py",
    "tech/.idea",
}


def test_what_a_synth_reads(tmp_path):
    for name in READ | NOT_READ:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = scan(tmp_path, [tmp_path / "tech"], tmp_path / "out")
    assert {path.relative_to(tmp_path).as_posix() for path in found} == READ


def test_differences_and_the_newest(tmp_path):
    for name in ("same.py", "edited.py", "removed.py"):
        (tmp_path / name).write_text("x")
    before = scan(tmp_path, [], tmp_path / "out")
    (tmp_path / "edited.py").write_text("xy")
    (tmp_path / "removed.py").unlink()
    (tmp_path / "new.py").write_text("x")
    os.utime(tmp_path / "same.py", ns=before[tmp_path / "same.py"][:1] * 2)
    os.utime(tmp_path / "new.py", ns=(9 * 10**18, 9 * 10**18))
    after = scan(tmp_path, [], tmp_path / "out")
    assert {path.name: how for path, how in changed(before, after).items()} == {
        "edited.py": "changed",
        "new.py": "new",
        "removed.py": "removed",
    }
    assert newest(after) == (tmp_path / "new.py", 9 * 10**18)
    assert newest({}) is None
    assert scan(tmp_path / "nowhere", [], tmp_path) == {}
