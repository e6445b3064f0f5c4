"""The 23 projects, each one frozen record: what Home, navigation, the CLI, the API and the tests are made from.

A project whose page does not exist yet is not shown anywhere (``is_built``). The module is a string and is imported
only when it is asked for, so that drawing Home imports no model code.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from core.hub.contract import TableNeeds
from core.hub.errors import UnavailableError
from core.hub.settings import ROOT

Family = Literal[
    "tabular", "scratch", "vision", "text", "documents", "forecasting", "recommendation",
    "automl", "experimentation", "reinforcement", "streaming", "operations",
]  # fmt: skip
Bring = Literal["table", "picture", "text", "scan", "webcam"]

FAMILIES: dict[Family, str] = {
    "tabular": "Tables",
    "scratch": "From scratch",
    "vision": "Vision",
    "text": "Text",
    "documents": "Documents",
    "forecasting": "Forecasting",
    "recommendation": "Recommendation",
    "automl": "Automated ML",
    "experimentation": "Experiments",
    "reinforcement": "Reinforcement learning",
    "streaming": "Streaming",
    "operations": "Operations",
}


@dataclass(frozen=True, slots=True)
class Project:
    """One project of the hub.

    Parameters
    ----------
    slug : str
        One name everywhere: URL, page, module, test, artifact folder.
    number : int
        Its place in the list of 23.
    icon : str
        Material symbol name, drawn as ``:material/<icon>:``.
    line : str
        The problem in one sentence.
    brings : tuple
        What a person may bring to it.
    module : str
        Dotted path, imported on demand.
    headline : (metric, split)
        The row of ``scores.json`` that its card shows.
    keywords : str
        Further words that the search box finds it by.
    needs : TableNeeds, optional
        What an uploaded table must have to be used here; None where no table is taken.
    """

    slug: str
    number: int
    title: str
    family: Family
    icon: str
    line: str
    brings: tuple[Bring, ...]
    module: str
    headline: tuple[str, str]
    keywords: str = ""
    needs: TableNeeds | None = None

    @property
    def page(self) -> str:
        """Path of the page below the checkout."""
        return f"pages/{self.slug}.py"

    @property
    def is_built(self) -> bool:
        """Whether the project's page exists, so that it is shown."""
        return (ROOT / self.page).is_file()


# fmt: off
PROJECTS: tuple[Project, ...] = (
    Project("eda", 1, "EDA portfolio", "tabular", "query_stats", "Understand a table: clean it, chart it and get a report that argues with evidence.",
            ("table",), "core.tabular.eda", ("f1", "planted_defects"), "exploratory data analysis cleaning missing outliers correlation profile report any table",
            TableNeeds(target="none", min_features=0, min_rows=1)),
    Project("iris", 2, "Iris classification", "tabular", "local_florist", "Which of several classes does a row of a table belong to, and how sure can one be?",
            ("table",), "core.tabular.iris", ("accuracy", "loo"), "classification flowers logistic tree knn svm forest boosting confusion roc conformal any table with a class",
            TableNeeds(target="class", min_features=1, min_rows=30)),
    Project("linear_regression", 3, "Linear regression from scratch", "scratch", "show_chart", "Fit a line or a plane by hand and know how far to trust each coefficient.",
            ("table",), "core.scratch.linear_regression", ("log_relative_error", "nist"), "least squares gradient descent ridge coefficients residuals inference any table with a number",
            TableNeeds(target="number", min_features=1, min_rows=20)),
    Project("titanic", 4, "Titanic survival", "tabular", "sailing", "Who survived, why the model thinks so, and which explanations can be believed?",
            ("table",), "core.tabular.titanic", ("accuracy", "test"), "pipeline shap lime feature engineering imputation",
            TableNeeds(target="class", columns=("pclass", "name", "sex", "age", "sibsp", "parch", "ticket", "fare", "cabin", "embarked"),
                       synonyms=(("class", "passenger class", "ticket class"), ("full name", "passenger name", "passenger"), ("gender",), ("age years",),
                        ("siblings spouses aboard", "siblings spouses", "siblings/spouses aboard"), ("parents children aboard", "parents children", "parents/children aboard"),
                        ("ticket number", "ticket no"), ("passenger fare", "ticket fare", "price"), ("cabin number",), ("port", "embark town", "port of embarkation")),
                       min_rows=60, max_classes=2, min_per_class=20,
                       classes=("no", "yes", "0", "1", "false", "true", "died", "survived", "dead", "alive"))),
    Project("housing", 5, "Housing price", "tabular", "home_work", "What is a house worth, within which honest range?",
            ("table",), "core.tabular.housing", ("rmse_log", "cv"), "regression ames price interval api ridge lasso lightgbm conformal comparable sales residuals any table with a number",
            TableNeeds(target="number", min_features=1, min_rows=40)),
    Project("image_classification", 6, "Image classification", "vision", "image_search", "Name what is in a picture, and say so when it is none of the known things.",
            ("picture", "webcam"), "core.vision.image_classification", ("accuracy", "test"), "cnn convolution pooling fashion cifar transfer augmentation grad-cam unknown onnx"),
    Project("sentiment", 7, "Sentiment analysis", "text", "sentiment_satisfied", "Is a text positive or negative, and which words decided it?",
            ("text", "table"), "core.text.sentiment", ("accuracy", "test"), "bert lstm word2vec glove attention reviews"),
    Project("churn", 8, "Customer churn", "tabular", "person_remove", "Who is about to leave, and whom is it worth keeping?",
            ("table",), "core.tabular.churn", ("roc_auc", "cv"), "imbalanced retention profit fairness drift smote",
            TableNeeds(target="class", min_features=1, min_rows=60, max_classes=2, min_per_class=15)),
    Project("stocks", 9, "Stock forecasting", "forecasting", "monitoring", "Forecast a series with honest intervals, and see whether anything beats the naive one.",
            ("table",), "core.forecasting.stocks", ("mase", "test"), "time series arima lstm finance"),
    Project("neural_network", 10, "Neural network from scratch", "scratch", "hub", "Build backpropagation by hand and watch a network learn.",
            ("table",), "core.scratch.neural_network", ("accuracy", "test"), "backpropagation gradient mlp xor numpy"),
    Project("face_recognition", 11, "Face recognition", "vision", "face", "Find a face, tell whether it is the same person, and call a stranger unknown.",
            ("picture", "webcam"), "core.vision.face_recognition", ("true_accept_rate", "test"), "biometric embedding verification triplet webcam"),
    Project("recommender", 12, "Recommender", "recommendation", "recommend", "What will this person like next?",
            ("table",), "core.recommendation.recommender", ("ndcg_at_10", "test"), "movielens collaborative filtering matrix factorisation"),
    Project("pipeline", 13, "Automated ML pipeline", "automl", "account_tree", "From a raw table to a served model in one reproducible pipeline.",
            ("table",), "core.automl.pipeline", ("roc_auc", "test"), "preprocessing feature selection deployment"),
    Project("language_model", 14, "Language model from scratch", "scratch", "edit_note", "Teach a transformer to write, one character at a time, by hand.",
            ("text",), "core.scratch.language_model", ("loss_nats_per_char", "test"), "gpt transformer attention tokenizer generation"),
    Project("ab_testing", 15, "A/B testing", "experimentation", "science", "Which version is really better, and when may one stop looking?",
            ("table",), "core.experimentation.ab_testing", ("false_positive_rate", "simulation"), "experiment hypothesis test p-value power sample size sequential peeking cuped srm randomised trial lift any table with two arms",
            TableNeeds(target="none", min_features=1, min_rows=4)),
    Project("image_generation", 16, "Image generation", "vision", "palette", "Draw new pictures with a GAN and a style-based generator, enlarge small ones, and measure both.",
            ("picture",), "core.vision.image_generation", ("frechet_ratio", "test"), "gan dcgan stylegan style mixing upscale super-resolution"),
    Project("multilingual", 17, "Multilingual NLP", "text", "translate", "Understand a text in many languages with one model.",
            ("text", "table"), "core.text.multilingual", ("macro_f1", "test"), "translation language detection cross-lingual transfer"),
    Project("cart_pole", 18, "Reinforcement learning", "reinforcement", "sports_esports", "Learn to act by trial and error, and compare with the exact best.",
            (), "core.reinforcement.cart_pole", ("mean_return", "greedy"), "dqn q-learning policy gymnasium taxi frozenlake"),
    Project("fraud", 19, "Real-time fraud detection", "streaming", "credit_card_off", "Catch fraud as transactions stream in, and notice when the world drifts.",
            ("table",), "core.streaming.fraud", ("average_precision", "test"), "kafka stream anomaly drift alerts payments cards transactions",
            TableNeeds(target="none", columns=("time", "customer", "terminal", "amount"),
                       synonyms=(("tx_datetime", "datetime", "timestamp", "trans_date_trans_time", "transaction_time", "transaction_date", "transaction_datetime",
                         "event_time", "created_at", "date_time", "date", "tx_time_seconds", "seconds", "unix_time", "epoch", "zeit", "zeitpunkt", "datum", "fecha", "heure"),
                        ("customer_id", "cc_num", "card", "card_id", "card_number", "account", "account_id", "client", "client_id", "user", "user_id",
                         "cardholder", "name_orig", "payer", "kunde", "karte", "cliente"),
                        ("terminal_id", "merchant", "merchant_id", "merchant_name", "shop", "shop_id", "store", "store_id", "pos", "pos_id", "acceptor",
                         "name_dest", "payee", "haendler", "händler", "comercio", "commercant"),
                        ("tx_amount", "amt", "transaction_amount", "price", "sum", "betrag", "importe", "montant")),
                       min_features=4, min_rows=20)),
    Project("search", 20, "Build-your-own AutoML", "automl", "manage_search", "Search over models and settings by hand-written strategies, within a budget.",
            ("table",), "core.automl.search", ("roc_auc", "test"), "hyperparameter bayesian optimisation successive halving ensemble"),
    Project("mlops", 21, "MLOps", "operations", "deployed_code", "Track, version, deploy, watch and roll back a model.",
            ("table",), "core.operations.mlops", ("latency_p95_ms", "load"), "mlflow dvc registry monitoring docker kubernetes"),
    Project("distributed", 22, "Distributed ML", "operations", "lan", "Train on several processes with a parameter server and a ring all-reduce made by hand.",
            (), "core.operations.distributed", ("max_abs_difference", "single_process"), "parallel data parallel all-reduce dask"),
    Project("scanner", 23, "Smart scanner", "documents", "document_scanner", "Turn a photographed page into a straight scan and text that can be searched.",
            ("scan", "picture", "webcam"), "core.documents.scanner", ("cer", "phone"), "ocr document handwriting invoice pdf"),
)
# fmt: on


def find_project(slug: str) -> Project:
    """Return the project of that slug.

    Raises
    ------
    UnavailableError
        If no project has the slug.

    Examples
    --------
    >>> find_project("iris").number
    2
    """
    for project in PROJECTS:
        if project.slug == slug:
            return project
    message = f"there is no project {slug!r}; `python -m core list` names them"
    raise UnavailableError(message)


def find_built() -> tuple[Project, ...]:
    """Return the projects whose page exists, in their order."""
    return tuple(project for project in PROJECTS if project.is_built)


def load_module(project: Project) -> ModuleType:
    """Import a project's module, or say that it is not built yet."""
    if not project.is_built:
        message = f"{project.title} is not part of this version yet"
        raise UnavailableError(message)
    return importlib.import_module(project.module)
