from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from yihao.seal.phones import BadPhone, normalise_phone, valid_credit_code, valid_id_number

WIDE = str.maketrans("0123456789+-() ", "０１２３４５６７８９＋－（）　")
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
GAPS = st.sampled_from(["", " ", "-", "－", "—", "\u00a0", "·"])


@given(
    MOBILES,
    st.sampled_from(["", "+86", "86", "0086", "+86 ", "+86-", "0", "17951", "(+86)", "  "]),
    GAPS,
    GAPS,
    st.booleans(),
)
def test_every_spelling_of_a_mobile_number_is_one(number, before, first, second, wide):
    typed = f"{before}{number[:3]}{first}{number[3:7]}{second}{number[7:]}"
    assert normalise_phone(typed.translate(WIDE) if wide else typed) == f"+86{number}"


@given(
    st.sampled_from(["0691-{}", "(0691){}", "（0691） {}", "0691{}", "+86 691 {}", "+86-0691-{}", "0086691{}"]),
    st.integers(2_000_000, 8_999_999),
    st.sampled_from(["", "-801", "转801", " 分机 8", "ext.12", "#3"]),
    st.booleans(),
)
def test_every_spelling_of_a_land_line_is_one(form, local, extension, wide):
    typed = form.format(local) + extension
    assert normalise_phone(typed.translate(WIDE) if wide else typed) == f"+86691{local}"


@pytest.mark.parametrize(
    ("typed", "area_code", "expected"),
    [
        ("2123456", "0691", "+866912123456"),
        ("212-3456", "691", "+866912123456"),
        ("86123456", "010", "+861086123456"),  # begins like the country code and is not
        ("0871-65123456", "0691", "+8687165123456"),
        ("12345", "0691", "12345"),
        ("１２３４５", None, "12345"),
        ("110", None, "110"),
        ("95598", None, "95598"),
        ("10086", None, "10086"),
        ("13812341234-1234", None, "+8613812341234"),  # a privacy number with its extension
        ("0571-12345", None, "+8657112345"),
        ("400-123-4567", None, "+864001234567"),
        ("+1 650 253 0000", None, "+16502530000"),
        ("+852 2123 4567", None, "+85221234567"),
        ("15412341234", None, "+8615412341234"),  # a segment the plan's package does not know
    ],
)
def test_numbers_of_other_kinds(typed, area_code, expected):
    assert normalise_phone(typed, area_code=area_code) == expected


@given(MOBILES)
def test_normalising_twice_changes_nothing(number):
    once = normalise_phone(number)
    assert normalise_phone(once) == once


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "anonymous", "1381234123", "138123412345", "2123456", "12812341234", "0691-123", "+86", "无",
     "13812341234 13912341234", "13812341234,13912341234", "1" * 500, "532801199001011238", "٣٤٥"],
)  # fmt: skip
def test_what_cannot_be_dialled_is_told_without_repeating_it(typed):
    with pytest.raises(BadPhone) as caught:
        normalise_phone(typed, field="caller.phone")
    assert (caught.value.code, caught.value.status, caught.value.field) == ("bad_phone", 422, "caller.phone")
    assert caught.value.params == {}
    assert caught.value.__cause__ is None


def test_a_wrong_area_code_is_the_programs_fault():
    with pytest.raises(ValueError, match="area code"):
        normalise_phone("2123456", area_code="12345")


def id_number(first_17: str) -> str:
    return first_17 + ric.calc_check_digit(first_17 + "0")


def test_the_example_of_the_standard():
    assert valid_id_number("11010519491231002X")  # GB 11643-1999
    assert valid_id_number("11010519491231002x")
    assert valid_id_number("１１０１０５１９４９１２３１００２Ｘ")
    assert not valid_id_number("110105194912310021")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        (id_number("53280119600101123"), True),  # born before the county's code was given: still a real number
        (id_number("53280119900230123"), False),
        (id_number("00280119900101123"), False),
        (id_number("53280100000101123"), False),
        ("53280119900101123", False),
        ("", False),
        ("身份证号码", False),
        ("X" * 18, False),
    ],
)
def test_identity_numbers(number, valid):
    assert valid_id_number(number) is valid


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(place, step):
    good = "11010519491231002X"
    wrong = good[:place] + str((int(good[place]) + step) % 10) + good[place + 1 :]
    assert not valid_id_number(wrong)


def test_credit_codes():
    assert valid_credit_code("91110000600037341L")
    assert valid_credit_code("９１１１００００６０００３７３４１Ｌ")
    assert not valid_credit_code("91110000600037341M")
    assert not valid_credit_code("")
    assert not valid_credit_code("统一社会信用代码")
