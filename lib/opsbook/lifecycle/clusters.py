"""Groups of alike customers that the data form by themselves, if they form any (k-means)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.cluster_choice import Choice, choose_k, k_means, nearest
from opsbook.lifecycle.rfm import Rfm
from opsbook.shop.shared import shared

__all__ = ["FEATURES", "Clusters", "cluster_customers", "clusters"]

Floats = NDArray[np.float64]
FEATURES = ("recency_days", "frequency", "average")
"""Days since the last purchase, purchase days, mean net spend of a purchase day. Total spend
would count frequency twice: it is their product."""
_LEAST = 100
_CHOICE_ROWS = 3_000
_FIT_ROWS = 30_000
_ALIKE = 1e-9


@dataclass(frozen=True)
class Clusters:
    """Customers in k groups, and whether the groups deserve the name.

    Args:
        choice: How many clusters, and the tests behind the number.
        features: Columns used.
        customers: One row per customer: ``customer_id``, the features, ``cluster`` (0 is
            the one with the highest spend) and, from RFM, ``monetary, segment``.
        profiles: One row per cluster: ``cluster, customers, share``, median of each feature
            and, where spend is known, ``money, money_share, per_customer``.
        medians: Median of each feature over all customers.
        agreement: Adjusted Rand index with RFM segments, 0 chance, 1 the same groups; None
            without segments.
        left_out: Customers without net spend, who have no average.
        sampled: Customers the number of clusters was chosen on.
        currency: ISO code; empty where none is known.
        source: What the shop is called.
        period: Days the features cover, in words.
    """

    choice: Choice
    features: tuple[str, ...]
    customers: pd.DataFrame
    profiles: pd.DataFrame
    medians: pd.Series
    agreement: float | None
    left_out: int
    sampled: int
    currency: str = ""
    source: str = ""
    period: str = ""

    @property
    def k(self) -> int:
        """Number of clusters."""
        return self.choice.k

    def cross(self) -> pd.DataFrame:
        """Customers by cluster (rows) and RFM segment (columns, best first).

        Raises:
            CannotTell: The customers carry no segment.
        """
        from opsbook.lifecycle.rfm_segments import SEGMENTS

        if "segment" not in self.customers:
            raise CannotTell(N_("the customers carry no RFM segment to compare clusters with"))
        found = self.customers.groupby(["cluster", "segment"]).size().unstack(fill_value=0)
        return found.reindex(columns=[s.key for s in SEGMENTS], fill_value=0)

    def words(self) -> str:
        """Whether there are clusters, and what they share with RFM."""
        row = self.choice.tried.set_index("k").loc[self.k]
        figures = {
            "k": self.k,
            "stability": count(row["stability"], 2),
            "silhouette": count(row["silhouette"], 2),
        }
        if self.choice.real:
            text = t(
                "{k} clusters come back in resamples (agreement {stability}) and stand apart "
                "(silhouette {silhouette}).",
                **figures,
            )
        else:
            reasons = [
                reason
                for passed, reason in (
                    (self.choice.stable, t("other samples give other clusters")),
                    (self.choice.distinct, t("the clusters overlap")),
                    (self.choice.structured, t("data without any structure split as well")),
                )
                if not passed
            ]
            text = t(
                "There are no clusters worth the name: {reasons}. Customers form one continuum; "
                "the {k} groups below only cut it (agreement {stability}, silhouette "
                "{silhouette}); RFM does the same with bounds that stay put.",
                reasons=t("; ").join(reasons),
                **figures,
            )
        if self.agreement is not None:
            text += " " + t(
                "Agreement with RFM segments: {value} (adjusted Rand, 0 chance, 1 the same).",
                value=count(self.agreement, 2),
            )
        if self.left_out:
            text += " " + t("{n} customers without net spend are left out.", n=count(self.left_out))
        return text


def clusters(result: Rfm, *, ks: Sequence[int] = range(2, 9), seed: int = 1) -> Clusters:
    """Cluster the customers of an RFM result by recency, frequency and average purchase.

    Args:
        result: From ``rfm``.
        ks: Numbers of clusters to try.
        seed: Of the samples and starts; the same seed gives the same clusters.

    Raises:
        CannotTell: Fewer than 100 customers with net spend.
    """
    return replace(_clusters(result, ks, seed), period=str(result.period))


@shared
def _clusters(result: Rfm, ks: Sequence[int], seed: int) -> Clusters:
    """``clusters`` without the period, whose words have a language."""
    frame = result.customers
    kept = frame[frame["monetary"] > 0].assign(average=lambda f: f["monetary"] / f["frequency"])
    found = cluster_customers(kept, FEATURES, ks=ks, seed=seed)
    left_out = len(frame) - len(kept)
    return replace(found, left_out=left_out, currency=result.currency, source=result.source)


def cluster_customers(
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    ks: Sequence[int] = range(2, 9),
    seed: int = 1,
) -> Clusters:
    """Cluster any customers by any features that are zero or larger.

    Features are taken in logs, because twice as much is the same step everywhere, cut at
    their outer hundredths and divided by their interquartile range, so that a few giants
    do not set the scale. Whole numbers are spread over their unit: otherwise "bought once"
    would be a cluster because counts have no decimals.

    Args:
        frame: One row per customer: ``customer_id``, the features, and if there are any
            ``monetary`` (for money) and ``segment`` (for agreement).
        features: Columns to use, each zero or larger.
        ks: Numbers of clusters to try, 2 to 20.
        seed: Of samples and starts.

    Raises:
        ParameterError: A feature is missing or negative, or ``ks`` is out of range.
        CannotTell: Fewer than 100 customers, or all are alike.
    """
    if not ks or min(ks) < 2 or max(ks) > 20:
        raise ParameterError(N_("ks {value} is out of range; use 2 to 20"), value=str(list(ks)))
    for name in features:
        if name not in frame or frame[name].isna().any() or (frame[name] < 0).any():
            raise ParameterError(
                N_('feature "{name}" must be there for every customer and not negative'), name=name
            )
    if len(frame) < _LEAST:
        raise CannotTell(
            N_("{n} customers are too few for clusters; {least} are needed"),
            n=len(frame),
            least=_LEAST,
        )
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(frame), min(len(frame), _FIT_ROWS), replace=False)
    spread, exact = _transformed(frame, features, rows, rng)
    some = spread[:_CHOICE_ROWS]
    distinct = len(np.unique(some, axis=0))
    possible = [k for k in ks if k < distinct]
    if not possible:
        raise CannotTell(N_("all customers are alike in {names}"), names=", ".join(features))
    choice = choose_k(some, possible, rng)
    centres, _, _ = k_means(spread, choice.k, seed, starts=10)
    labels = nearest(exact, centres)
    found = frame.reset_index(drop=True).assign(cluster=labels)
    worth = "monetary" if "monetary" in found else features[-1]
    order = found.groupby("cluster")[worth].mean().sort_values(ascending=False).index
    found["cluster"] = found["cluster"].map({old: new for new, old in enumerate(order)})
    shown = [c for c in ("monetary", "segment") if c in found and c not in features]
    found = found[["customer_id", *features, "cluster", *shown]]
    return Clusters(
        choice=choice,
        features=tuple(features),
        customers=found,
        profiles=_profiles(found, features),
        medians=found[list(features)].median(),
        agreement=_agreement(found),
        left_out=0,
        sampled=min(len(frame), _CHOICE_ROWS),
    )


def _transformed(
    frame: pd.DataFrame, features: Sequence[str], rows: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Features of a sample, whole numbers spread; and of everybody, at their middle."""
    spread, exact = [], []
    for name in features:
        values = frame[name].to_numpy(float)
        whole = bool((values == np.floor(values)).all())
        some = np.log1p(values[rows] + (rng.random(len(rows)) if whole else 0.0))
        low, quarter, middle, three, high = np.quantile(some, [0.01, 0.25, 0.5, 0.75, 0.99])
        scale = (three - quarter) or some.std()
        if scale < _ALIKE:
            continue
        spread.append((np.clip(some, low, high) - middle) / scale)
        every = np.log1p(values + (0.5 if whole else 0.0))
        exact.append((np.clip(every, low, high) - middle) / scale)
    if not spread:
        raise CannotTell(N_("all customers are alike in {names}"), names=", ".join(features))
    return np.column_stack(spread), np.column_stack(exact)


def _profiles(frame: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    groups = frame.groupby("cluster")
    found = groups[list(features)].median()
    found.insert(0, "customers", groups.size())
    found.insert(1, "share", found["customers"] / len(frame))
    if "monetary" in frame:
        total = float(frame["monetary"].sum())
        found["money"] = groups["monetary"].sum()
        found["money_share"] = found["money"] / total if total > 0 else np.nan
        found["per_customer"] = found["money"] / found["customers"]
    return found.reset_index()


def _agreement(frame: pd.DataFrame) -> float | None:
    if "segment" not in frame:
        return None
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(frame["segment"], frame["cluster"]))
