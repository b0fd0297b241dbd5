from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.seal import mask

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ALL = [getattr(mask, name) for name in dir(mask) if name.startswith("mask_")]


@pytest.mark.parametrize(
    ("function", "plain", "masked"),
    [
        (mask.mask_name, "张三丰", "张**"),
        (mask.mask_name, "张三", "张*"),
        (mask.mask_name, " 岩温香 ", "岩**"),
        (mask.mask_name, "张", "*"),
        (mask.mask_phone, "+8613812341234", "138****1234"),
        (mask.mask_phone, "138-1234-1234", "138****1234"),
        (mask.mask_phone, "１３８１２３４１２３４", "138****1234"),
        (mask.mask_phone, "+866912123456", "0691-****456"),
        (mask.mask_phone, "+861062345678", "010-****5678"),
        (mask.mask_phone, "2123456", "****456"),
        (mask.mask_phone, "+864001234567", "400****567"),
        (mask.mask_phone, "+16502530000", "+16****00"),
        (mask.mask_phone, "12345", "12345"),
        (mask.mask_phone, "+8657112345", "0571-12345"),
        (mask.mask_phone, "anonymous", "****"),
        (mask.mask_id, "11010519491231002X", "110*************2X"),
        (mask.mask_id, "110105491231002", "110**********02"),
        (mask.mask_id, "G12345678", "*********"),
        (mask.mask_credit_code, "91110000600037341L", "91************341L"),
        (mask.mask_address, "云南省西双版纳傣族自治州景洪市某街道1号3栋501室", "云南省西双版纳傣族自治州景洪市****"),
        (mask.mask_address, "景洪市示例小区3栋", "景洪市****"),
        (mask.mask_address, "幸福小区2栋", "****"),
        (mask.mask_address, "北京市朝阳区建国路1号", "北京市朝阳区****"),
        (mask.mask_address, "勐海县", "勐海县"),
        (mask.mask_enterprise, "景洪示例商贸有限公司", "景洪****有限公司"),
        (mask.mask_enterprise, "示例商店", "示例****"),
        (mask.mask_enterprise, "示例", "**"),
        (mask.mask_bank_card, "6222 0212 3456 7890", "6222********7890"),
        (mask.mask_email, "zhang@example.cn", "z***@example.cn"),
        (mask.mask_email, "z@example.cn", "***@example.cn"),
        (mask.mask_plate, "云K·12345", "云K***45"),
        (mask.mask_plate, "云KD12345", "云K****45"),
        (mask.mask_account, "zhang_san", "zh***"),
    ],
)
def test_masks(function, plain, masked):
    assert function(plain) == masked


@given(st.sampled_from(ALL), st.text())
def test_any_text_is_taken_and_an_empty_one_stays_empty(function, text):
    assert isinstance(function(text), str)
    assert function("") == function("  ") == ""


@given(MOBILES, st.sampled_from(["", "+86", "0", "86"]))
def test_the_middle_of_a_mobile_number_never_shows(number, before):
    shown = mask.mask_phone(before + number)
    assert shown == f"{number[:3]}****{number[7:]}"


@given(st.from_regex(r"0691[2-8][0-9]{6}|010[2-8][0-9]{7}|\+[2-9][0-9]{9,13}", fullmatch=True))
def test_at_least_four_digits_of_any_phone_are_hidden(number):
    shown = len(re.findall(r"\d", mask.mask_phone(number)))
    assert shown <= len(re.findall(r"\d", number)) - 4
    assert "****" in mask.mask_phone(number)


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_no_birth_date_shows(number):
    shown = mask.mask_id(number)
    assert shown[3:16] == "*" * 13
    assert len(shown) == 18


@given(st.text("张三丰岩温香玉李", min_size=2, max_size=8))
def test_only_the_family_name_shows(name):
    assert mask.mask_name(name) == name[0] + "*" * (len(name) - 1)


@given(st.text("景洪市勐海县某街道路巷小区栋单元室0123456789", max_size=40))
def test_no_house_number_shows(address):
    assert not re.search(r"\d", mask.mask_address(address))
