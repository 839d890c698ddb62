"""How people write their names and addresses: made-up ones, with the slips of real forms."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from opsbook.demo.draw import Ints

__all__ = ["Texts", "addresses", "misspell", "names", "scrambled"]

Texts = NDArray[np.bytes_]

_SURNAMES = (
    *("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu", "Xu", "Sun"),
    *("Hu", "Zhu", "Gao", "Lin", "He", "Guo", "Ma", "Luo", "Liang", "Song", "Zheng", "Xie"),
    *("Han", "Tang", "Feng", "Yu", "Dong", "Xiao", "Cheng", "Cao", "Yuan", "Deng", "Shen"),
)
_SYLLABLES = (
    *("an", "bo", "chun", "dan", "fang", "gang", "hai", "hong", "hua", "hui", "jia", "jian"),
    *("jie", "jing", "jun", "lan", "lei", "li", "ling", "mei", "min", "ming", "na", "ning"),
    *("ping", "qiang", "qing", "rui", "shan", "ting", "wei", "wen", "xia", "xin", "xue", "yan"),
    *("yang", "yi", "ying", "yong", "yu", "yue", "yun", "ze", "zhen", "zhi"),
)
_ROADS = (
    *("Renmin", "Jiefang", "Zhongshan", "Jianshe", "Xinhua", "Heping", "Wenhua", "Beijing"),
    *("Nanjing", "Shengli", "Changjiang", "Huanghe", "Yingbin", "Chaoyang", "Wuyi", "Guangming"),
    *("Qingnian", "Binhe", "Taishan", "Yucai", "Hubin", "Xihu", "Longhua", "Fuxing"),
)
_CITIES = (
    *("Shanghai", "Hangzhou", "Nanjing", "Guangzhou", "Shenzhen", "Foshan", "Beijing", "Tianjin"),
    *("Shijiazhuang", "Wuhan", "Changsha", "Zhengzhou", "Chengdu", "Chongqing", "Kunming"),
    *("Shenyang", "Harbin", "Dalian", "Xi'an", "Lanzhou", "Urumqi"),
)
_PER_REGION = 3
"""Cities of each region, in the order of the plan's regions."""


def scrambled(numbers: Ints, salt: int) -> pa.Array:
    """Twelve hexadecimal digits that look like a hash and say nothing about the number."""
    # The finishing steps of SplitMix64 (Steele, Lea, Flood 2014).
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) & (2**64 - 1))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    octets = np.ascontiguousarray(z.astype(">u8")).view(np.uint8).reshape(-1, 8)[:, 2:]
    nibbles = np.stack([octets >> 4, octets & 15], axis=2).reshape(-1, 12)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)[nibbles]
    return pa.array(np.ascontiguousarray(digits).view("S12").ravel().astype("U12"))


def names(surname: Ints, given: Ints, turned: NDArray[np.bool_]) -> Texts:
    """Names in Latin letters: ``Wang Xiaoming``, or ``Xiaoming Wang`` where turned.

    Args:
        surname: Any number per person; the same number is the same surname.
        given: Any number per person.
        turned: Whether the given name comes first.
    """
    last = _pick(_SURNAMES, surname)
    one = pc.utf8_capitalize(_pick(_SYLLABLES, given))
    other = given // len(_SYLLABLES)
    two = _pick((*_SYLLABLES, "", "", "", "", "", ""), other)
    first = pc.binary_join_element_wise(one, two, "")
    usual = pc.binary_join_element_wise(last, first, " ")
    swapped = pc.binary_join_element_wise(first, last, " ")
    return _bytes(pc.if_else(pa.array(turned), swapped, usual))


def addresses(home: Ints, region: Ints, long_form: NDArray[np.bool_]) -> Texts:
    """Street addresses, one for each home, in the long or the short way of writing.

    Args:
        home: Any number per home.
        region: Index of the region.
        long_form: Whether words are written out.
    """
    road = _pick(_ROADS, home)
    rest = home // len(_ROADS)
    city = _pick(_CITIES, (region % 7) * _PER_REGION + rest % _PER_REGION)
    number = pc.cast(pa.array(rest // 3 % 300 + 1), pa.string())
    room_number = (rest // 900 % 30 + 1) * 100 + rest // 27_000 % 8 + 1
    flat = pc.cast(pa.array(room_number), pa.string())
    written = pa.array(long_form)
    street = pc.if_else(written, " Road", " Rd")
    room = pc.if_else(written, "Room ", "Rm ")
    line = pc.binary_join_element_wise(number, " ", road, street, ", ", room, flat, ", ", city, "")
    return _bytes(line)


def misspell(rng: np.random.Generator, texts: Texts, share: float) -> Texts:
    """Put one slip into a share of the texts: letters swapped, left out, doubled or wrong.

    Args:
        rng: Source of randomness.
        texts: Texts of fixed width.
        share: Share of texts that get a slip.
    """
    out = texts.astype(f"S{texts.dtype.itemsize + 1}")
    rows = np.flatnonzero(rng.random(len(texts)) < share)
    length = np.char.str_len(texts[rows])
    rows, length = rows[length >= 4], length[length >= 4]
    if not len(rows):
        return out
    width = out.dtype.itemsize
    letters = np.ascontiguousarray(out[rows]).view(np.uint8).reshape(len(rows), width)
    at = (1 + (rng.random(len(rows)) * (length - 2)).astype(np.int64))[:, None]
    kind = rng.integers(0, 4, len(rows))[:, None]
    column = np.broadcast_to(np.arange(width), letters.shape)
    swapped = column + (column == at) - (column == at + 1)
    source = np.select(
        [kind == 0, kind == 1, kind == 2],
        [swapped, column + (column >= at), column - (column > at)],
        column,
    )
    letters = np.take_along_axis(letters, np.minimum(source, width - 1), axis=1)
    wrong = np.flatnonzero(kind[:, 0] == 3)
    letters[wrong, at[wrong, 0]] = rng.integers(ord("a"), ord("z") + 1, len(wrong))
    out[rows] = np.ascontiguousarray(letters).view(f"S{width}").ravel()
    return out


def _pick(words: Sequence[str], numbers: Ints) -> pa.Array:
    return pc.take(pa.array(list(words)), pa.array(numbers % len(words)))


def _bytes(texts: pa.Array) -> Texts:
    return np.asarray(texts.to_numpy(zero_copy_only=False).astype("S"))
