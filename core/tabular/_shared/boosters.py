"""Pipelines that end in LightGBM, kept as skops for the preparation and LightGBM's own text for the trees.

LightGBM (Ke et al. 2017, https://papers.nips.cc/paper/6907) is no type that the loader of stored models trusts, and its
text holds numbers only. What is read back answers as the fitted model did, to the last bit.

Left out: training, which needs LightGBM's own estimators; rankers and more than two classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.hub.artifacts import pack_estimator, unpack_estimator
from core.hub.errors import ArtifactError

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

PREPARATION_END, TREES_END = ".skops", ".lightgbm.txt"


class StoredPipeline:
    """A preparation and LightGBM trees read from their text, behind scikit-learn's verbs.

    Parameters
    ----------
    preparation : Pipeline
        Fitted steps that turn rows into numbers.
    text : str
        As ``Booster.model_to_string`` writes it.
    classes : tuple of str
        Both classes, the one that the trees give the probability of last; empty for a number.
    """

    def __init__(self, preparation: Any, text: str, classes: tuple[str, ...] = ()) -> None:
        import lightgbm

        self.preparation, self.text = preparation, text
        self.classes_ = np.array(classes, dtype=object)
        self.booster = lightgbm.Booster(model_str=text)

    def transform(self, x: object) -> np.ndarray:
        """Return the rows as the trees take them, shape (n_rows, n_prepared)."""
        return np.asarray(self.preparation.transform(x), dtype=float)

    def predict_proba(self, x: object) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        share = self._ask_trees(x)
        return np.column_stack([1 - share, share])

    def predict(self, x: object) -> np.ndarray:
        """Return the number, or the likelier class, of each row, shape (n_rows,)."""
        if not len(self.classes_):
            return self._ask_trees(x)
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])

    def _ask_trees(self, x: object) -> np.ndarray:
        """Return what the trees give: a number, or the probability of the last class."""
        return np.asarray(self.booster.predict(self.transform(x), num_threads=1))


def pack_pipeline(name: str, pipeline: Pipeline | StoredPipeline) -> dict[str, bytes]:
    """Write a fitted pipeline as named bytes: skops, and for LightGBM the text of its trees beside it.

    Parameters
    ----------
    name : str
        What the files begin with.
    pipeline : Pipeline
        Of two steps at least where the last is LightGBM.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import Pipeline
    >>> fitted = Pipeline([("model", LinearRegression())]).fit([[0.0], [1.0]], [0.0, 2.0])
    >>> files = pack_pipeline("line", fitted)
    >>> list(files), unpack_pipeline("line", files).predict([[3.0]]).round(9).tolist()
    (['line.skops'], [6.0])
    """
    if isinstance(pipeline, StoredPipeline):
        return _name_parts(name, pipeline.preparation, pipeline.text)
    last = pipeline.steps[-1][1]
    if not hasattr(last, "booster_"):
        return {name + PREPARATION_END: pack_estimator(pipeline)}
    return _name_parts(name, pipeline[:-1], last.booster_.model_to_string())


def _name_parts(name: str, preparation: Any, text: str) -> dict[str, bytes]:
    """Name the two files of a pipeline that ends in trees."""
    return {name + PREPARATION_END: pack_estimator(preparation), name + TREES_END: text.encode()}


def unpack_pipeline(name: str, files: Mapping[str, bytes], classes: tuple[str, ...] = ()) -> Any:
    """Build a pipeline from what :func:`pack_pipeline` wrote.

    Parameters
    ----------
    classes : tuple of str
        Of LightGBM trees, which do not keep them; empty for a number.

    Raises
    ------
    ArtifactError
        If the bytes are damaged or hold a type that is not trusted.
    """
    preparation = unpack_estimator(files[name + PREPARATION_END])
    if name + TREES_END not in files:
        return preparation
    return _join_trees(preparation, files[name + TREES_END], classes)


def _join_trees(preparation: Any, content: bytes, classes: tuple[str, ...]) -> StoredPipeline:
    """Put the trees of a text behind their preparation, or say that the text is damaged."""
    import lightgbm

    try:
        return StoredPipeline(preparation, content.decode(), classes)
    except (UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        message = "the stored trees are damaged and were not read; train the model again"
        raise ArtifactError(message) from error
