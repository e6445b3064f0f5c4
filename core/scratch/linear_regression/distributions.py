"""Student's t and Fisher's F by hand, from one function: the incomplete beta by its continued fraction.

Source: W. H. Press et al., *Numerical Recipes*, 3rd ed., 6.4 (the method of Lentz); NIST DLMF 8.17, https://dlmf.nist.gov/8.17.

Left out: the noncentral distributions.
"""

from __future__ import annotations

import math

TINY, ENOUGH, MAX_TERMS = 1e-300, 1e-16, 10_000
LARGE = 30.0


def share_of_beta(x: float, rest: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta I_x(a, b): a share from 0 to 1.

    Parameters
    ----------
    x, rest : float
        A share and what is left of 1; both are asked for, because 1 − x would lose the digits of a small rest.
    a, b : float
        Above 0.

    Examples
    --------
    >>> round(share_of_beta(0.5, 0.5, 2.0, 2.0), 12), round(share_of_beta(0.25, 0.75, 1.0, 3.0), 12)
    (0.5, 0.578125)
    """
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    log_x = math.log(x) if x < rest else math.log1p(-rest)
    log_rest = math.log(rest) if rest < x else math.log1p(-x)
    front = math.exp(a * log_x + b * log_rest - _log_beta(a, b))
    # The fraction converges fast on one side of the mean; the other side is 1 less the mirrored share.
    if x < (a + 1) / (a + b + 2):
        return front * _continue_fraction(x, a, b) / a
    return 1 - front * _continue_fraction(rest, b, a) / b


def _log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function; of large arguments by Stirling's series, as lgamma would cancel."""
    small, large = min(a, b), max(a, b)
    if large < LARGE:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    total = small + large
    bend = _correct_stirling(large) - _correct_stirling(total)
    if small < LARGE:
        # lgamma(small + large) − lgamma(large), term by term
        rise = (large - 0.5) * math.log1p(small / large) + small * math.log(total) - small - bend
        return math.lgamma(small) - rise
    half_log = 0.5 * math.log(2 * math.pi) - 0.5 * math.log(small)
    shares = (large - 0.5) * -math.log1p(small / large) + small * -math.log1p(large / small)
    return half_log + shares + bend + _correct_stirling(small)


def _correct_stirling(value: float) -> float:
    """Return what Stirling's formula lacks: 1/12n − 1/360n³ + 1/1260n⁵ − 1/1680n⁷."""
    square = value * value
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / value


def _continue_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta from the front, by Lentz's method."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < ENOUGH:
            break
    return value


def _not_zero(value: float) -> float:
    """Keep a denominator away from zero."""
    return value if abs(value) > TINY else TINY


def share_beyond_t(t: float, degrees: float) -> float:
    """Return how often Student's t is at least as far from zero as ``t``: the two-sided p-value.

    Examples
    --------
    >>> round(share_beyond_t(2.228138851986274, 10), 12)
    0.05
    """
    total = degrees + t * t
    return share_of_beta(degrees / total, t * t / total, degrees / 2, 0.5)


def share_beyond_f(f: float, above: float, below: float) -> float:
    """Return how often Fisher's F is at least ``f``.

    Parameters
    ----------
    above, below : float
        Degrees of freedom of the two variances.

    Examples
    --------
    >>> round(share_beyond_f(4.964602743730711, 1, 10), 12)
    0.05
    """
    total = below + above * f
    return share_of_beta(below / total, above * f / total, below / 2, above / 2)


def find_t_quantile(share: float, degrees: float) -> float:
    """Return the t that a share of Student's distribution lies below, for a share of at least one half.

    Examples
    --------
    >>> round(find_t_quantile(0.975, 10), 12)
    2.228138851986
    """
    both = 2 * (1 - share)
    low, high = 0.0, 1.0
    while share_beyond_t(high, degrees) > both:
        low, high = high, 2 * high
    while high - low > 4 * math.ulp(high):  # halve until neighbouring floats
        middle = (low + high) / 2
        low, high = (middle, high) if share_beyond_t(middle, degrees) > both else (low, middle)
    return (low + high) / 2
