"""Words by which a chapter says that a number is quoted, assumed, or part of a date."""

import re

__all__ = ["ASSUMED", "DATE", "SOURCE"]

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ENTRIES = r"[A-Z]\d\d(?:[,;、， ]+[A-Z]\d\d)*"

SOURCE = re.compile(
    r"source claim|source[’']s|source gives|training deck|(?<!of )\bcourse\b|et al"
    # A paper: its authors and its year.
    rf"|(?!{_MONTH})[A-Z][\w’'-]+(?:,? (?:&|and|et) [A-Z]\w+)* \(?(?:19|20)\d\d|\bch\. \d"
    # An entry of the catalogue in brackets, a contradiction, a source document by its number.
    rf"|[(（]{_ENTRIES}[)）]|\bX\d\d\b|(?<![\d,.])00[0-4](?![\d%])|Guidelines of \d{{4}}"
    r"|来源|课件|课程|培训|资料|《"
)
"""A sentence in which a number is quoted from elsewhere."""
ASSUMED = re.compile(
    r"\b(?:if|suppose|say|assum\w+|imagine|whoever|would|could|might|e\.g\.|for example|such as)\b"
    r"|如果|假设|假如|假定|比如|例如|若|设|倘若|就会|哪怕|即使|可能",
    re.IGNORECASE,
)
"""A sentence in which a number is made up for the sake of an example, and says so."""
DATE = re.compile(
    r"(?<![\d,.])(?:19|20)\d\d(?:[-–/年]\d{1,2}(?:[-–/月]\d{1,2}日?)?|月|年)?(?![\d%]|[,.]\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?:[–-]\d{{1,2}})? {_MONTH}\w*|{_MONTH}\w* \d{{1,2}}\b"
    r"|\d{1,2} ?月(?: ?\d{1,2} ?[日号])?|Double 1[12]|双 ?1[12]|\d{1,2}:\d\d"
    r"|(?<![\d,.])[68]18(?![\d%]|[,.]\d)|\d{1,2} ?[日号](?![均常])"
    r"|(?<![\d,.])00[0-4](?![\d%]|[,.]\d)"
)
"""A date, a time of day, a festival that is named by its date; or the name of a source."""
