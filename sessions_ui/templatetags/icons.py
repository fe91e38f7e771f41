"""heroicons' tags, each icon drawn once: a page has some thirty, and drawing one parses it anew."""

from __future__ import annotations

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()

heroicon_micro = lru_cache(heroicons.heroicon_micro)
heroicon_mini = lru_cache(heroicons.heroicon_mini)

for _tag in (heroicon_micro, heroicon_mini):
    register.simple_tag(_tag, name=_tag.__name__)
