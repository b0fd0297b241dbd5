"""What this room refuses."""

from __future__ import annotations

from yihao.errors import Conflict, Invalid, NotFound


class UnknownItem(NotFound):
    """No such item, or not one this reader may see."""

    code = "unknown_item"
    zh = "未找到知识条目{item}，请核对编号，或确认您有权查看。"
    en = "No knowledge item {item} within your scope. Check the number or ask for access."


class NotCitable(Invalid):
    """An answer cites an item that is not published, or not in force on the day."""

    code = "not_citable"
    zh = "知识条目{item}未发布或不在有效期内，不能作为答复依据，请另选条目或转派承办单位。"
    en = "Knowledge item {item} is not published or not in force. Cite another one, or dispatch the matter."


class TitleTaken(Conflict):
    """Another item of the jurisdiction has this title."""

    code = "title_taken"
    zh = "本辖区已有标题为“{title}”的条目，请修改原条目或换一个标题。"
    en = "The jurisdiction has an item titled “{title}” already. Change that one or choose another title."


class WrongStep(Conflict):
    """The item's status does not allow this step."""

    code = "wrong_step"
    zh = "条目现为“{status}”，不能{step}；顺序为起草、审核、发布。"
    en = "The item is {status}; the steps are draft, check, publish."


class SamePerson(Conflict):
    """The drafter would check the own text (编审分离, spec E: two persons)."""

    code = "same_person"
    zh = "起草人不能审核自己的条目，请由另一位知识库审核员审核。"
    en = "The drafter may not check the own item; ask another reviewer."


class WrongItem(Invalid):
    """A proposed item contradicts itself or the tree."""

    code = "wrong_item"
    zh = "{why}"
    en = "{why_en}"


class NothingToSearch(Invalid):
    """The question holds no letter, digit or Chinese character."""

    code = "nothing_to_search"
    zh = "请输入要查询的文字，例如“公积金提取”。"
    en = "Enter words to search for, for instance “公积金提取”."
