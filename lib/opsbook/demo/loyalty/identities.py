"""The accounts of a person at several sources, and the keys by which each source knows him.

Matching has to find out which accounts belong to one person. What helps: the same phone,
e-mail or device. What misleads: a tablet that a family shares, a phone number that was given
to somebody else, slips in names and addresses, and keys that a source does not have.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Floats, Ints, choose, stream
from opsbook.demo.loyalty.persons import addresses, misspell, names, scrambled

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["KEY_TYPES", "SOURCES", "Accounts", "IdentityPlan", "identity_tables"]

SOURCES = ("Tmall", "JD", "Douyin", "Own app", "Offline POS")
_LETTERS = ("TM", "JD", "DY", "AP", "PS")
_OWN, _POS = 3, 4
KEY_TYPES = ("phone", "email", "device", "open_id", "name", "address")
_PRESENT: Floats = np.array(
    [
        [0.80, 0.25, 0.60, 1.00, 0.85, 0.80],
        [0.85, 0.35, 0.60, 1.00, 0.85, 0.80],
        [0.70, 0.05, 0.85, 1.00, 0.60, 0.55],
        [0.92, 0.45, 0.90, 0.80, 0.75, 0.60],
        [0.75, 0.10, 0.00, 0.35, 0.55, 0.10],
    ]
)
"""Share of accounts that have a key, one row per source, one column per type of key."""


@dataclass(frozen=True)
class IdentityPlan:
    """Planted parameters of identities.

    Args:
        covered: Share of customers whose accounts are in the table.
        most: Most persons in the table, however large the shop.
        strangers: Persons who are no customers yet, per covered customer.
        more_accounts: Shares of persons with 0, 1, 2 and 3 accounts beyond the first.
        household: Share of persons who live with another person of the table.
        shared_device: Chance that an account of such a person is used on the family's device.
        same_surname: Share of households with one surname.
        second_phone: Share of accounts registered with a second phone number.
        recycled_phone: Share of persons whose number once belonged to another person.
        second_device: Share of accounts used on a second device of the person.
        wrong_email: Share of e-mail addresses typed wrong.
        slips: Share of names and addresses with a slip.
        turned: Share of names with the given name first.
        known_first: Share of first accounts whose customer is known; in the own app all are.
        known_more: Share of further accounts whose customer is known.
    """

    covered: float = 0.30
    most: int = 60_000
    strangers: float = 0.08
    more_accounts: tuple[float, ...] = (0.67, 0.24, 0.07, 0.02)
    household: float = 0.10
    shared_device: float = 0.45
    same_surname: float = 0.55
    second_phone: float = 0.10
    recycled_phone: float = 0.006
    second_device: float = 0.25
    wrong_email: float = 0.02
    slips: float = 0.08
    turned: float = 0.06
    known_first: float = 0.70
    known_more: float = 0.35


@dataclass(frozen=True)
class Accounts:
    """Accounts sorted by source and number.

    Args:
        source: Index into SOURCES.
        number: Account number within the source.
        person: Person, counted from 0.
        owner: Customer who owns it, -1 if the person is no customer.
        known: Whether the shop knows that.
        home: Home of the person.
    """

    source: Ints
    number: Ints
    person: Ints
    owner: Ints
    known: NDArray[np.bool_]
    home: Ints

    def __len__(self) -> int:
        return len(self.source)

    @property
    def ids(self) -> pa.Array:
        """Account numbers with the letters of their source."""
        digits = numbered("", self.number, 8)
        return pc.binary_join_element_wise(pc.take(pa.array(_LETTERS), self.source), digits, "")


def identity_tables(b: "Business", plan: IdentityPlan) -> tuple[pa.Table, pa.Table, Accounts]:
    """The table identities, the person behind each account as truth, and the accounts.

    Args:
        b: The shop.
        plan: Planted parameters.
    """
    rng = stream(b.seed, "identities")
    accounts, region, surname = _accounts(rng, b, plan)
    rows, kinds, values = [], [], []
    present = rng.random((len(accounts), len(KEY_TYPES))) < _PRESENT[accounts.source]
    # Nobody has an account without any key.
    present[:, 0] |= ~present.any(axis=1)
    for kind, value in enumerate(_keys(rng, b.seed, plan, accounts, region, surname)):
        there = np.flatnonzero(present[:, kind])
        rows.append(there)
        kinds.append(np.full(len(there), kind))
        values.append(pc.take(value, pa.array(there)))
    row, key = np.concatenate(rows), np.concatenate(kinds)
    line = np.lexsort((key, row))
    row, key = row[line], key[line]
    owner = np.where(accounts.known & (accounts.owner >= 0), accounts.owner + 1, -1)
    table = pa.table(
        {
            "source": words(accounts.source[row], SOURCES),
            "account_id": accounts.ids.take(pa.array(row)),
            "key_type": words(key, KEY_TYPES),
            "key_value": pa.concat_arrays(values).take(pa.array(line)),
            "customer_id": numbered("C", owner[row], 7),
        }
    )
    true = np.where(accounts.owner >= 0, accounts.owner + 1, -1)
    truth = pa.table(
        {
            "source": words(accounts.source, SOURCES),
            "account_id": accounts.ids,
            "person_id": numbered("H", accounts.person + 1, 7),
            "customer_id": numbered("C", true, 7),
            "home_id": numbered("A", accounts.home + 1, 7),
        }
    )
    return table, truth, accounts


def _accounts(
    rng: np.random.Generator, b: "Business", plan: IdentityPlan
) -> tuple[Accounts, Ints, Ints]:
    """Accounts, and region and surname of each person."""
    size = len(b.people)
    covered = np.flatnonzero(rng.random(size) < min(plan.covered, plan.most / max(size, 1)))
    strangers = round(plan.strangers * len(covered))
    persons = len(covered) + strangers
    owner = rng.permutation(np.concatenate([covered, np.full(strangers, -1)]))
    is_customer = owner >= 0
    region = rng.integers(0, len(b.plan.regions), persons)
    region[is_customer] = b.people.region[owner[is_customer]]
    main = choose(rng, np.array([0.35, 0.2, 0.15, 0.15, 0.15]), persons)
    by_platform = [SOURCES.index(p.name) if p.name in SOURCES else -1 for p in b.plan.platforms]
    usual = np.array(by_platform)[b.people.platform[np.maximum(owner, 0)]]
    own = np.where(rng.random(persons) < 0.65, _OWN, _POS)
    main = np.where(is_customer, np.where(usual >= 0, usual, own), main)

    surname = rng.integers(0, 10**6, persons)
    home = np.arange(persons)
    pairs = round(plan.household * persons / 2)
    couple = rng.permutation(persons)[: 2 * pairs].reshape(2, -1)
    home[couple[1]], region[couple[1]] = couple[0], region[couple[0]]
    alike = couple[:, rng.random(pairs) < plan.same_surname]
    surname[alike[1]] = surname[alike[0]]

    more = choose(rng, np.array(plan.more_accounts), persons)
    person = np.concatenate([np.arange(persons), np.repeat(np.arange(persons), more)])
    extra = rng.integers(0, len(SOURCES), len(person) - persons)
    source = np.concatenate([main, extra])
    first = np.arange(len(person)) < persons
    chance = np.where(first, plan.known_first, plan.known_more)
    known = rng.random(len(person)) < np.where(source == _OWN, 1.0, chance)
    number = rng.permutation(len(person)) + 10_000_000
    line = np.lexsort((number, source))
    who = person[line]
    accounts = Accounts(source[line], number[line], who, owner[who], known[line], home[who])
    return accounts, region, surname


def _keys(
    rng: np.random.Generator,
    seed: int,
    plan: IdentityPlan,
    accounts: Accounts,
    region: Ints,
    surname: Ints,
) -> list[pa.Array]:
    """Value of each type of key for every account, whether its source has it or not."""
    count, persons, who = len(accounts), len(region), accounts.person
    salt = np.asarray(stream(seed, "key salt").integers(1, 2**60, 4))

    def often(share: float) -> NDArray[np.bool_]:
        return np.asarray(rng.random(count) < share)

    # Numbers of phones and devices: 2n and 2n + 1 belong to person n.
    holder = np.arange(persons)
    recycled = np.flatnonzero(rng.random(persons) < plan.recycled_phone)
    holder[recycled] = rng.integers(0, persons, len(recycled))
    phone = np.where(often(plan.second_phone), 2 * who + 1, 2 * holder[who])
    email = np.where(often(plan.wrong_email), persons + np.arange(count), who)
    device = 2 * who + often(plan.second_device)
    lives_with = np.bincount(accounts.home, minlength=persons) > np.bincount(who, minlength=persons)
    family = lives_with[accounts.home] & often(plan.shared_device)
    device = np.where(family, 2 * persons + accounts.home, device)
    # Own app and till share the member's open id; the marketplaces' ids are their own.
    ours = accounts.source >= _OWN
    open_id = np.where(ours, who, persons + np.arange(count))
    given = rng.integers(0, 2**40, persons)
    homes = rng.integers(0, 2**40, persons)
    name = misspell(rng, names(surname[who], given[who], often(plan.turned)), plan.slips)
    living = homes[accounts.home]
    address = addresses(living, region[who], often(0.5))
    address = misspell(rng, address, plan.slips)
    hashed = [
        scrambled(n, int(s)) for n, s in zip((phone, email, device, open_id), salt, strict=True)
    ]
    return [*hashed, pa.array(name.astype("U")), pa.array(address.astype("U"))]
