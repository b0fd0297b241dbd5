"""`yihao due` and `yihao profile` as typed; they need no database."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from running import yihao
from yihao.cli import main
from yihao.profile.load import PLACES

PLACE = "xishuangbanna"
RULES = {
    r"due_wd\((\d+)\)": "{} working days",
    r"dispatch_due": "dispatch",
    r"office_hours\((\d+)min\)": "{} office minutes",
    r"hours_roll\((\d+)\)": "{} hours",
    r"minutes\((\d+)\)": "{} minutes",
}


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_example_of_the_contract():
    done = yihao("due", "1 working day", "2021-09-28T15:40")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2021-09-29T23:59:59+08:00\n", "")


@pytest.mark.parametrize("start", ["2021-09-28T15:40", "2021-09-28T07:40Z", "2021-09-28T15:40:00+08:00"])
@pytest.mark.parametrize("more", [(), ("--profile", PLACE)])
def test_a_time_without_offset_is_the_places(start, more):
    assert run("due", "2 office hours", start, *more).output == "2021-09-28T17:40:00+08:00\n"


def test_a_place_of_another_zone_reads_the_time_its_own_way(tmp_path):
    folder = copy_of(PLACE, tmp_path)
    place = folder / "place.yaml"
    zone = '\nzone:\n  value: Asia/Urumqi\n  basis: {design: "only for the test of zones"}\n'
    place.write_text(place.read_text(encoding="utf-8") + zone, encoding="utf-8")
    assert run("due", "30 minutes", "2021-09-28T15:40", "--profile", folder).output == "2021-09-28T16:10:00+06:00\n"


def test_every_case_of_the_domain(shared_dir):
    tried = 0
    with (shared_dir / "domain" / "deadline_cases.csv").open(encoding="utf-8") as file:
        for case in csv.DictReader(file):
            for pattern, rule in RULES.items():
                if found := re.fullmatch(pattern, case["params"]):
                    done = run("due", rule.format(*found.groups()), case["start"], "--profile", PLACE)
                    assert done.output.splitlines()[0] == case["expected"] + "+08:00", case["id"]
                    tried += 1
    assert tried >= 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("1 fortnight", "2021-09-28T15:40"), "fortnight"),
        (("1 working day", "yesterday"), "yesterday"),
        (("1 working day", "2021-13-01T00:00"), "2021-13-01"),
        (("1 working day", "1066-10-14T09:00"), "1066"),
        (("5000 working days", "2021-09-28T15:40"), "5000"),
        (("1 working day", "2021-09-28T15:40", "--profile", "atlantis"), "atlantis"),
    ],
)
def test_what_cannot_be_read_is_named(arguments, words):
    done = run("due", *arguments)
    assert done.exit_code == 1
    assert words in done.stderr and done.stdout == ""
    assert any("一" <= character <= "鿿" for character in done.stderr)


def test_a_year_without_notice_is_said_on_the_side():
    done = run("due", "3 working days", "2098-03-03T10:00")
    assert done.exit_code == 0
    assert re.fullmatch(r"2098-03-\d\dT23:59:59\+08:00\n", done.stdout)
    assert "2098" in done.stderr


def copy_of(name: str, target: Path) -> Path:
    return Path(shutil.copytree(PLACES / name, target / "mine"))


def test_a_good_profile_shows_its_counts():
    done = run("profile", "check", PLACE)
    assert done.exit_code == 0
    assert re.search(r"^ +rules +\d+$", done.output, re.M)
    assert re.search(r"^ +units +26$", done.output, re.M)  # counted by hand in the annex
    assert re.search(r"^ +lines +33$", done.output, re.M) and re.search(r"^ +lines_dual +8$", done.output, re.M)
    assert run("profile", "check").exit_code == 0


def test_a_mistake_is_named_with_file_line_and_mend(tmp_path):
    folder = copy_of(PLACE, tmp_path)
    limits = (folder / "limits.yaml").read_text(encoding="utf-8")
    wrong = limits.replace("2 office hours", "2 offive hours", 1)
    line = 1 + wrong[: wrong.index("2 offive hours")].count("\n")
    (folder / "limits.yaml").write_text(wrong, encoding="utf-8")
    done = run("profile", "check", folder)
    assert done.exit_code == 1
    assert f"limits.yaml:{line}" in done.stderr and "offive" in done.stderr


def test_a_new_place_begins_as_a_good_one(tmp_path):
    done = run("profile", "new", "mycity", tmp_path)
    assert done.exit_code == 0 and "place.yaml" in done.output
    assert run("profile", "check", tmp_path / "mycity").exit_code == 0
    again = run("profile", "new", "mycity", tmp_path)
    assert again.exit_code == 1 and "已存在" in again.stderr
    assert run("profile", "new", "../up", tmp_path).exit_code == 2


def test_a_place_whose_list_of_lines_is_missing_says_so():
    assert "登记册在导入清单前不完整" in run("profile", "check", "shanxi").output
    assert "不完整" not in run("profile", "check", "baiyin").output


def test_a_folder_that_is_not_there():
    done = run("profile", "check", "/nowhere/at/all")
    assert done.exit_code == 1 and "/nowhere/at/all" in done.stderr


def test_two_profiles_clause_beside_clause(tmp_path):
    folder = copy_of(PLACE, tmp_path)
    assert run("profile", "diff", PLACE, PLACE).output.splitlines()[-1].startswith("0 ")
    place = folder / "place.yaml"
    text = place.read_text(encoding="utf-8").replace("全天候人工服务", "全天候人工服务", 1)
    place.write_text(text.replace("value: 7×24小时", "value: 5×8小时"), encoding="utf-8")
    done = run("profile", "diff", PLACE, folder)
    assert done.exit_code == 0
    assert "place.service" in done.output and "7×24小时" in done.output and "5×8小时" in done.output
    assert done.output.splitlines()[-1].startswith("1 ")
