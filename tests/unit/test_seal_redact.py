from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yihao.seal.redact import KINDS, Redacted, redact, secrecy_marks
from yihao.seal.spelling import plain_width

SHARED = Path(os.environ.get("YIHAO_SHARED", Path(__file__).resolve().parents[3] / "shared"))
WIDE = str.maketrans("0123456789-@: ", "０１２３４５６７８９－＠：　")


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("手机13812341234，谢谢", "手机138****1234，谢谢", ("mobile",)),
        ("+86 138-1234-1234或１３８１２３４１２３４", "138****1234或138****1234", ("mobile",)),
        ("王某138 1234 1234李某139 1234 5678", "王某138****1234李某139****5678", ("mobile",)),
        ("1 3 8 1 2 3 4 1 2 3 4", "138****1234", ("mobile",)),
        ("008613812341234。", "138****1234。", ("mobile",)),
        ("138\u200b1234\u200b1234", "138****1234", ("mobile",)),
        ("咨询0691-2123456", "咨询0691-****456", ("landline",)),
        ("（0691）2123456", "0691-****456", ("landline",)),
        ("0735---3323506", "0735-****506", ("landline",)),
        ("010－62345678-801", "010-****5678-801", ("landline",)),
        ("办公电话为: 2123456，", "办公电话为: ****456，", ("landline",)),
        ("身份证11010519491231002X", "身份证110*************2X", ("id_number",)),
        ("本人110105 19491231 002x。", "本人110*************2x。", ("id_number",)),
        ("身份证号码：110105194912310021", "身份证号码：110*************21", ("id_number",)),
        ("身份证110105491231002", "身份证110**********02", ("id_number",)),
        ("卡号6222 0212 3456 7894", "卡号6222********7894", ("bank_card",)),
        ("邮箱：zhang.san@example.com.cn。", "邮箱：z***@example.com.cn。", ("email",)),
        ("ｚ０１＠example.cn", "z***@example.cn", ("email",)),
        ("云K12345乱停", "云K***45乱停", ("plate",)),
        ("车牌号为：云KD12345", "车牌号为：云K****45", ("plate",)),
        ("微信号：zhang_san88", "微信号：zh***", ("wechat",)),
        ("加微信 zhangsan88", "加微信 zh***", ("wechat",)),
        ("vx:zhangsan88", "vx:zh***", ("wechat",)),
        ("QQ群：123456789", "QQ群：12***", ("qq",)),
        ("我QQ是12345678，手机13812341234", "我QQ是12***，手机138****1234", ("mobile", "qq")),
    ],
)
def test_personal_data_is_masked(text, expected, found):
    assert (redact(text).text, redact(text).found) == (expected, found)


@pytest.mark.parametrize(
    "text",
    [
        "工单20210928532801000001X已办结",
        "工单202109285328010000015，共138000元",
        "13812341234元，13812341234.50元，￥13812341234",
        "2021-09-28 15:40:00至20210930，2013-2017年，2018—2022年",
        "《民法典》第201条，（2018）75号，gb50096-2011，CJJ27-2005",
        "面积106712平方米，桩号k154+300，3栋2单元501室，e2-3-501；b18-7-602",
        "全年15000-200000元，1990-2000年，1500-2000-1800",
        "电话20210928登记",
        "卡号6222021234567890",  # no Luhn number
        "编号110105194912310021",  # no check digit and not said to be an identity number
        "请关注微信公众号，微信群里发了通知，QQ群里有人说，微信Android版",
        "拨打12345或110，95598，400-123-4567",
        "统一社会信用代码91110000600037341L",
        "云南省景洪市，川菜馆，A3区，京A",
        "联系电话:***********，138****1234，0691-****456",
        "ISBN 978-7-80552-263-0",
        "",
    ],
)
def test_other_numbers_stay(text):
    assert redact(text).text == text
    assert redact(text).found == ()


PIECES = st.sampled_from(
    ["13812341234", "0691-2123456", "11010519491231002X", "6222021234567894", "6222 0212 3456 7894", "z@a.cn",
     "云K12345", "微信号", "QQ", ":", "电话", "1234", "5678", " ", "-", "*", "****", "@", ".", "，", "元", "A",
     "ab12", "0", "1", "86"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join))
def test_redacting_twice_changes_nothing(text):
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.found == ()
    assert set(once.found) <= set(KINDS)


@given(
    st.text("我家在路边停车难、，。 ", max_size=12),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text("请尽快处理，。！ ", max_size=12),
    st.booleans(),
)
def test_a_mobile_number_in_any_sentence_is_found(before, number, after, wide):
    text = f"{before}{number}{after}"
    result = redact(text.translate(WIDE) if wide else text)
    assert number not in plain_width(result.text)
    assert f"{number[:3]}****{number[7:]}" in result.text


@given(st.text("0123456789", min_size=21, max_size=21))
def test_an_order_number_is_never_taken_for_another(number):
    assert redact(f"工单{number}已办").found == ()


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 3 8 1 2 ",
        "13812341234,",
        "0691-",
        "6222 0212 ",
        "a.b-c",
        "a@a.",
        "云A12 ",
        "微信号:",
        "电话",
        "绝密★",
        "1-",
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece):
    text = piece * (200_000 // len(piece))
    redact(text)
    secrecy_marks(text)


def test_nothing_outside_the_hits_is_changed():
    text = "您好！（Ａ区）１２３号，致电　１３８１２３４１２３４～"
    assert redact(text).text == "您好！（Ａ区）１２３号，致电　138****1234～"


@pytest.mark.parametrize(
    ("name", "has_mobiles"), [("replies.csv", False), ("messages_hot.csv", False), ("messages_unlabelled.csv", True)]
)
def test_real_messages_keep_no_mobile_number(name, has_mobiles):
    file = SHARED / "data" / name
    if not file.exists():
        pytest.skip("the real messages are not on this machine (YIHAO_SHARED)")
    mobile = re.compile(r"(?<!\d)1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?!\d)")
    before = masked = 0
    with file.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            for text in (row["title"], row["body"], row.get("reply", "")):
                result = redact(text)
                before += len(mobile.findall(plain_width(text)))
                masked += bool(result.found)
                assert not mobile.search(plain_width(result.text))
                assert redact(result.text) == Redacted(result.text, ())
                assert secrecy_marks(text) == ()
    assert masked > 0
    assert (before > 0) == has_mobiles


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("绝密★", ("绝密★",)),
        ("机密★10年\n关于……的报告", ("机密★10年",)),
        ("机 密 ★ １０ 年", ("机密★10年",)),
        ("附件（秘密★1年6个月）", ("秘密★1年6个月",)),
        ("绝密★启用前", ("绝密★启用前",)),
        ("这份文件写着机密★启封前，请看", ("机密★启封前",)),
        ("祕密★長期 祕密★长期", ("秘密★", "秘密★长期")),
        ("秘密*5年", ("秘密★5年",)),
        ("秘密☆三年", ("秘密★三年",)),
        ("密级：机密　编号1", ("机密★",)),
        ("机密★10年，附件绝密★，秘密★秘密★，又见机密★10年", ("机密★10年", "绝密★", "秘密★")),
    ],
)
def test_marks_of_state_secrets_are_found(text, marks):
    assert secrecy_marks(text) == marks


@pytest.mark.parametrize(
    "text",
    [
        "这是公开的秘密，必有不可告人的秘密。",
        "涉及国家秘密、商业秘密、个人隐私的不予受理",
        "以商业机密为由拒绝提供图纸",
        "商业秘密★3年",
        "工作秘密★",
        "我发现了一个秘密★",
        "秘密★★★★★好评",
        "★★秘密★★",
        "秘密*花园*",
        "绝密纸条，密级为什么不公开",
        "机密文件保管不善",
        "",
    ],
)
def test_sentences_about_secrets_are_not(text):
    assert secrecy_marks(text) == ()
