"""What is spoken on the phone: prompts.yaml."""

from __future__ import annotations

from yihao.profile.provision import PromptText, Provision


class Prompt(Provision, frozen=True, kw_only=True):
    """A voice prompt.

    Attributes:
        on: whether it is spoken here.
        text: its words, with names in braces (``PLACEHOLDERS``) that are filled when it is spoken.
    """

    on: bool
    text: PromptText
