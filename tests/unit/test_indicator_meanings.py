"""Each indicator says in Chinese what it counts."""

from __future__ import annotations

from yihao.indicators.meanings import MEANINGS_ZH, basis_of
from yihao.indicators.model import INDICATORS


def test_every_indicator_has_its_meaning_and_no_other() -> None:
    assert MEANINGS_ZH.keys() == INDICATORS.keys()
    for name, indicator in INDICATORS.items():
        meaning = MEANINGS_ZH[name]
        assert meaning.numerator and meaning.day
        assert bool(meaning.denominator) == bool(indicator.denominator), name


def test_sources_are_told_in_full() -> None:
    assert basis_of(INDICATORS["overall_on_time"]) == "西政办发〔2021〕28号 三(五)；平台口径（文件未写明公式）"
    assert basis_of(INDICATORS["service_satisfaction"]) == "国办发〔2019〕51号"
