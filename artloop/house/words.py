"""Words of a brief, in any language, as stems and kindred ideas; and the one source of deterministic chance."""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata

from artloop.models import Value

KINDRED = {
    "sea": "tide tidal ocean water wave shore beach coast river rain lake swim meer wasser welle flut mer eau vague"
    " marée mar agua ola marea 海 波 水 潮 川 雨",
    "flow": "stream current wind drift smoke breath air dance fluss wind strömung vent souffle flux viento 風 流",
    "memory": "remember memoir trace past forget nostalgia childhood dream archive ghost erinnerung souvenir mémoire"
    " recuerdo memoria 記憶 思い出 夢",
    "time": "hour clock season year age slow ring history zeit temps tiempo 時 時間",
    "letter": "word write writing text poem language diary handwriting message book brief lettre écriture carta"
    " 手紙 文字 詩 書",
    "night": "dark moon star sky space cosmos galaxy constellation nacht mond stern himmel nuit lune étoile ciel noche"
    " luna estrella 夜 月 星 宇宙 空",
    "sun": "light dawn morning dusk summer heat fire glow sonne licht morgen soleil lumière aube sol luz 太陽 光 朝",
    "calm": "quiet silence still peace rest gentle soft sleep meditation zen ruhe stille calme silence paz calma"
    " 静 静か 禅",
    "storm": "wild rage chaos turbulence thunder anger noise violent sturm chaos orage tempête tormenta 嵐 混沌",
    "growth": "grow plant leaf flower tree forest garden root seed branch moss spring wachstum baum wald blume"
    " arbre forêt fleur jardin árbol bosque flor 木 森 花 庭 葉",
    "cells": "cell organic body skin life living biology coral reef bone zelle leben vie vida 命 細胞",
    "order": "grid system rule pattern square structure logic machine ordnung raster ordre système orden 秩序",
    "disorder": "disturbance broken decay entropy error glitch fall crumble unruhe zerfall désordre ruina 崩れ",
    "city": "street house building tower architecture wall window stadt haus turm ville maison ciudad casa 街 都市 家",
    "stone": "rock monolith ruin monument mountain crystal geology stein berg pierre montagne piedra montaña 石 山 岩",
    "map": "land contour island terrain valley journey place karte insel carte île mapa isla 地図 島",
    "woven": "weave textile thread fabric ribbon knot cloth braid gewebe faden tissu fil tejido hilo 織 糸 布",
    "rings": "circle round ripple echo wave interference sound bell planet kreis ring cercle écho círculo eco 円 輪 響",
    "winter": "snow cold ice frost white schnee eis hiver neige invierno nieve 冬 雪 氷",
    "music": "song rhythm melody jazz silence score musik lied musique chanson música 音楽 歌",
    "circles": "pebble bubble drop dot packing crowd people gathering kiesel blase galet 泡 人",
    "moire": "optical vibration illusion shimmer flicker gate door passage threshold tür porte puerta 門 扉",
    "solitude": "lonely alone single absence loss grief farewell einsam seul soledad 孤独 別れ",
    "love": "two pair together meeting kiss embrace encounter liebe zwei amour deux amor dos 愛 恋 二人",
}
"""An idea and the words that mean something near it."""

MOOD = {
    "calm": -1.0,
    "winter": -0.5,
    "solitude": -0.5,
    "night": -0.4,
    "order": -0.4,
    "memory": -0.3,
    "flow": 0.3,
    "growth": 0.3,
    "city": 0.2,
    "music": 0.4,
    "disorder": 0.8,
    "storm": 1.0,
}
"""How lively an idea is, -1 still to 1 wild."""

_COMMON = """
the a an of and in on to with for at by from is it as or my your our one some that this der die das ein eine und im
von mit zu le la les un une des du de et en dans à el los las y en con del の と に は を が
before after under over between into like very where when than not no only about against through
"""
COMMON = frozenset(_COMMON.split())
_SUFFIXES = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ness",
    "ies",
    "ian",
    "ers",
    "al",
    "es",
    "ed",
    "er",
    "ly",
    "en",
    "s",
    "e",
    "y",
)


TITLE_WORDS, TITLE_LENGTH = 4, 32


class Meaning(Value):
    """What a text is about."""

    words: tuple[str, ...]
    """Its words in order, lower case, without the commonest."""
    stems: frozenset[str]
    ideas: frozenset[str]
    """Keys of `KINDRED` that a word belongs to."""

    @property
    def liveliness(self) -> float:
        """Mean mood of its ideas, -1 still to 1 wild; 0 if they have none."""
        moods = [MOOD[idea] for idea in sorted(self.ideas) if idea in MOOD]
        return sum(moods) / len(moods) if moods else 0.0


def chance(*keys: object) -> random.Random:
    """A random source that depends on the keys alone, on every machine and in every process."""
    text = "\x1f".join(str(key) for key in keys)
    return random.Random(int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big"))


def tokens(text: str) -> list[str]:
    """Lower-case words of a text; writing without spaces stays in one piece."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return [word for word in re.findall(r"[^\W\d_]+", plain) if word not in COMMON]


def stem(word: str) -> str:
    """A word without its commonest endings; short words stay whole."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def meaning(text: str) -> Meaning:
    """Words, stems and ideas of a text."""
    words = tokens(text)
    ideas = {idea for word in words for idea in _ideas(word)}
    return Meaning(words=tuple(words), stems=frozenset(map(stem, words)), ideas=frozenset(ideas))


def subject(text: str) -> str:
    """The brief itself if it is short enough for a title, else its one or two most telling words; empty without any."""
    plain = " ".join(text.split()).strip(" .,;:!?")
    words = list(dict.fromkeys(tokens(plain)))
    if not words:
        return ""
    short = len(plain.split()) <= TITLE_WORDS and len(plain) <= TITLE_LENGTH
    telling = [word for word in words if meaning(word).ideas][:2] or [max(words, key=len)]
    chosen = plain if short else " and ".join(telling)[:TITLE_LENGTH]
    return chosen[:1].upper() + chosen[1:]


def _ideas(word: str) -> list[str]:
    if word.isascii() or any("LATIN" in unicodedata.name(letter, "") for letter in word):
        return [idea for idea, known in _STEMS.items() if stem(word) in known]
    return [idea for idea, known in _SIGNS.items() if any(sign in word for sign in known)]


_STEMS = {idea: frozenset(stem(word) for word in [idea, *text.split()]) for idea, text in KINDRED.items()}
_SIGNS = {idea: tuple(word for word in text.split() if not word[0].isascii()) for idea, text in KINDRED.items()}
