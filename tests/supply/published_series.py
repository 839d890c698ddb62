"""Series and answers published by others, for tests of the forecasting methods."""

AUS_BEER = [
    443, 410, 420, 532, 433, 421, 410, 512, 449, 381, 423, 531, 426, 408, 416, 520,
    409, 398, 398, 507, 432, 398, 406, 526, 428, 397, 403, 517, 435, 383, 424, 521,
    421, 402, 414, 500, 451, 380, 416, 492, 428, 408, 406, 506, 435, 380, 421, 490,
    435, 390, 412, 454, 416, 403, 408, 482, 438, 386, 405, 491, 427, 383, 394, 473,
    420, 390, 410, 488, 415, 398, 419, 488, 414, 374,
]  # fmt: skip
"""Australian beer, megalitres by quarter, 1992Q1 to 2010Q2: Australian Bureau of Statistics,
cat. 8301.0.55.001, as ``ausbeer`` in the R package fpp2."""

BEER_ANSWERS = {
    "mean": (38.45, 34.83, 8.28, 2.44),
    "naive": (62.69, 57.40, 14.18, 4.01),
    "seasonal_naive": (14.31, 13.40, 3.17, 0.94),
    "drift": (64.90, 58.88, 14.58, 4.12),
}
"""RMSE, MAE, MAPE (%), MASE of 2008Q1 to 2010Q2 by training to 2007Q4: Hyndman and
Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., section 3.4."""

OIL = [
    446.6565, 454.4733, 455.6630, 423.6322, 456.2713, 440.5881,
    425.3325, 485.1494, 506.0482, 526.7920, 514.2689, 494.2110,
]  # fmt: skip
"""Saudi oil production, million tonnes a year, 1996 to 2007: ``oil`` of the R package fpp."""

OIL_ANSWERS = {"alpha": 0.8920, "start": 447.4785, "next": 496.4935}
"""Simple exponential smoothing of it: Hyndman and Athanasopoulos, 1st ed., section 7.1."""

AIR_PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
    284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
    417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
]  # fmt: skip
"""Airline passengers, thousands a month, 1949 to 1960: Box and Jenkins (1976), series G."""

AIR_CROSTON = 460.3028
"""Croston's rate of it with weight .1 (a series that sells every step is smoothed simply):
test suite of Nixtla's statsforecast, SimpleExponentialSmoothing(alpha=0.1)."""
