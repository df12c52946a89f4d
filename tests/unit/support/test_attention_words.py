"""What needs a person is told in words, whatever it is."""

from __future__ import annotations

import re
from typing import get_args

from local.supervisor.options import PROJECT
from shared.documents.attention import AttentionKind


def test_the_board_has_words_for_every_kind_of_entry() -> None:
    panels = (PROJECT / "clients" / "board" / "panels.js").read_text()
    [kinds] = re.findall(r"const KINDS = \{(.*?)\};", panels, re.DOTALL)
    assert set(re.findall(r"^  (\w+):", kinds, re.MULTILINE)) >= set(get_args(AttentionKind))
