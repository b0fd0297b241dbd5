"""HTML forms as they are sent: read in one place, so that a broken one is the sender's fault and not ours."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import HTTPException

from yihao.errors import YihaoError


class BadForm(YihaoError):
    """A form that cannot be read: cut off, without its boundary, in another encoding than UTF-8."""

    code = "malformed_form"
    status = 400
    zh = "无法识别提交的表单（应为 UTF-8 编码的网页表单），请返回重试。"
    en = "The form cannot be read; send application/x-www-form-urlencoded or multipart/form-data in UTF-8."


class FormTooLarge(YihaoError):
    """A form is larger than its page takes."""

    code = "form_too_large"
    status = 413
    zh = "提交的内容过大，未作任何修改，请压缩附件或分次上传后重试。"
    en = "The form is too large; nothing was changed. Make the files smaller, or send them one after another."


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The form of a request; empty where it came with another content type. Read once, and remembered.

    Raises:
        BadForm, FormTooLarge.
    """
    try:
        return await request.form()
    except HTTPException as error:
        raise (FormTooLarge if error.status_code == FormTooLarge.status else BadForm) from None
    except (UnicodeError, LookupError):  # not UTF-8; an encoding nobody knows
        raise BadForm from None
