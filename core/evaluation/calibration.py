"""Whether stated probabilities hold: the reliability table, its error, and one temperature to mend them.

Method: M. P. Naeini, G. Cooper and M. Hauskrecht 2015 (expected calibration error, equal-width bins of the likeliest
class's probability); C. Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html (temperature scaling).

Left out: isotonic and Platt scaling, which scikit-learn's ``CalibratedClassifierCV`` does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import check_codes, check_probabilities
from core.evaluation.scoring import N_ECE_BINS, find_bins

TEMPERATURES = (0.05, 20.0)
SMALLEST_SHARE = 1e-12


def expected_calibration_error(y: object, probabilities: object, n_bins: int = N_ECE_BINS) -> float:
    """Average the gap between confidence and the share that is right, over bins weighted by their rows.

    Parameters
    ----------
    y : array of int of shape (n,)
        Class numbers; ``encode_labels`` makes them.
    probabilities : array of shape (n, n_classes)
    n_bins : int
        Raising it sees finer gaps and more noise.

    Returns
    -------
    float in 0–1

    Examples
    --------
    >>> round(expected_calibration_error([0, 0, 1, 1], [[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.4, 0.6]]), 6)
    0.2
    """
    table = reliability_table(y, probabilities, n_bins)
    gaps = (table["confidence"] - table["right"]).abs()
    return float((gaps * table["n"]).sum() / table["n"].sum())


def reliability_table(y: object, probabilities: object, n_bins: int = 10) -> pd.DataFrame:
    """Compare confidence with the share that is right, bin by bin.

    Returns
    -------
    DataFrame of shape (n_filled_bins, 7)
        from, to (edges of the bin), n, confidence (mean), right (share), low and high (Wilson's 95% interval of right).
        Bins without rows are left out.

    Raises
    ------
    ValueError
        If y is not class numbers or a row of probabilities does not sum to 1.

    Examples
    --------
    >>> reliability_table([0, 1], [[0.95, 0.05], [0.92, 0.08]]).iloc[0][["n", "confidence", "right"]].tolist()
    [2.0, 0.935, 0.5]
    """
    shares = check_probabilities(probabilities, len(np.asarray(y)), np.asarray(probabilities).shape[-1])
    right = shares.argmax(axis=1) == check_codes(y, shares.shape[1])
    confidence = shares.max(axis=1)
    bins = find_bins(confidence, n_bins)
    rows = []
    for number in np.unique(bins):
        inside = bins == number
        low, high = wilson_interval(int(right[inside].sum()), int(inside.sum()))
        facts = (inside.sum(), confidence[inside].mean(), right[inside].mean(), low, high)
        rows.append((number / n_bins, (number + 1) / n_bins, *facts))
    return pd.DataFrame(rows, columns=["from", "to", "n", "confidence", "right", "low", "high"])


def fit_temperature(y: object, probabilities: object) -> float:
    """Find the temperature that makes the probabilities of held-out rows least surprising.

    Returns
    -------
    float in 0.05–20
        Above 1 the model was too sure of itself, below 1 not sure enough.

    Examples
    --------
    >>> p = np.tile([[0.9, 0.1]], (10, 1))
    >>> round(fit_temperature([0] * 7 + [1] * 3, p), 2)  # says 0.9, is right in 0.7
    2.59
    """
    from scipy.optimize import minimize_scalar

    shares = check_probabilities(probabilities, len(np.asarray(y)), np.asarray(probabilities).shape[-1])
    codes = check_codes(y, shares.shape[1])
    rows = np.arange(len(codes))

    def surprise(log_temperature: float) -> float:
        mended = apply_temperature(shares, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(mended[rows, codes], SMALLEST_SHARE)).mean())

    found = minimize_scalar(surprise, bounds=tuple(np.log(TEMPERATURES)), method="bounded")
    return float(np.exp(found.x))


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Flatten (above 1) or sharpen (below 1) probabilities; the likeliest class stays the same.

    Parameters
    ----------
    probabilities : array of shape (n, n_classes)
    temperature : float
        Above 0; 1 changes nothing.

    Raises
    ------
    ValueError
        If the temperature is not above 0.

    Examples
    --------
    >>> apply_temperature(np.array([[0.9, 0.1]]), 2.0).round(3).tolist()
    [[0.75, 0.25]]
    """
    if temperature <= 0:
        message = f"temperature is {temperature:g}; it must be above 0"
        raise ValueError(message)
    logits = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), SMALLEST_SHARE)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
