"""Alerts: each planted defect is found and named, published tables raise no problem, honest columns are let be."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.alerts import find_alerts
from core.datasets.alerts.ids import is_id_like
from core.datasets.alerts.leak import LINE_R, SAMPLE_ROWS, cross_validate_steps, measure_skills
from core.datasets.alerts.profile import make_profile
from core.datasets.alerts.rows import find_repeated
from core.datasets.alerts.spellings import is_slip
from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.table import Table

NAMES = [entry.name for entry in load_catalogue()]


def make_table(columns, target=None, **kinds):
    """Make a table: numbers from numeric columns, dates from dates, categories from the rest."""
    frame = pd.DataFrame(columns)

    def kind_of(column):
        if pd.api.types.is_datetime64_any_dtype(column):
            return "date"
        return "number" if pd.api.types.is_numeric_dtype(column) else "category"

    found = {name: kind_of(frame[name]) for name in frame.columns}
    return Table(frame, "mine", "upload", "0" * 64, {**found, **kinds}, target)


def make_clean(n_rows=200, **extra):
    """Make a table without a defect, with further columns of ``n_rows`` values."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n_rows)
    return {
        "height": rng.normal(170, 10, n_rows) + 5 * y,
        "weight": rng.normal(70, 12, n_rows),
        "town": rng.choice(["Oslo", "Bergen", "Tromsø"], n_rows),
        **extra,
        "sport": np.where(y == 1, "yes", "no"),
    }


def kinds_of(table):
    """Return kind and columns of every alert."""
    return {(alert.kind, alert.columns) for alert in find_alerts(table)}


def find_one(table, kind):
    """Return the only alert of a kind."""
    (alert,) = (alert for alert in find_alerts(table) if alert.kind == kind)
    return alert


def test_a_clean_table_raises_nothing():
    assert find_alerts(make_table(make_clean(), "sport")) == ()


KNOWN_WARNINGS = {
    # the lifeboat was written down for those who lived; cabin, boat and body are known for few
    "titanic": {("leak_like", ("boat",)), ("mostly_missing", ("cabin", "boat", "body"))},
    "mlc_churn": {("imbalance", ("churn",))},  # one customer in seven left
    # the columns kept of a made-up résumé do not tell all of them apart; one in twelve was called back
    "resumes": {("duplicate_rows", ()), ("imbalance", ("callback",))},
    "star": {("mostly_missing", ("score_k",))},  # most pupils of grade 3 came after kindergarten
}


@pytest.mark.parametrize("name", NAMES)
def test_published_tables_raise_no_problem_and_only_the_known_warnings(name):
    known = KNOWN_WARNINGS.get(name, set())
    alerts = find_alerts(load_table(name))
    assert {(alert.kind, alert.columns) for alert in alerts if alert.severity != "note"} == known
    assert not any(alert.severity == "problem" for alert in alerts)


def test_iris_has_its_known_copy_and_nothing_else():
    # Rows 102 and 143 of the published table are equal.
    (alert,) = find_alerts(load_table("iris"))
    assert (alert.kind, alert.severity) == ("duplicate_rows", "note")
    assert alert.sentence.startswith("1 of 150 rows (0.7%) repeats an earlier one")


def test_penguins_gaps_are_counted():
    alert = find_one(load_table("penguins"), "missing")
    assert alert.sentence == (
        "19 missing values in sex (11), bill_length (2), bill_depth (2), flipper_length (2) and body_mass (2), "
        "in 11 of 344 rows (3.2%)."
    )


def test_no_target_no_alert_about_one():
    about_target = {"imbalance", "leak_like", "rare_class", "missing_target", "conflicting_answers"}
    assert not {kind for kind, _ in kinds_of(load_table("breast_cancer").with_target(None))} & about_target


def test_an_empty_table_raises_nothing():
    assert find_alerts(make_table({"a": [], "b": []})) == ()


CODES = [f"K{n:05d}" for n in range(200)]
PLANTED = {
    "empty_column": ({"note": [np.nan] * 200}, ("note",), "1 column without any value: note."),
    "constant": ({"year": [2026.0] * 200}, ("year",), "year (2026) has one value only and tells no rows apart."),
    "id_like": ({"CustomerID": np.arange(200) * 7 + 3}, ("CustomerID",), "CustomerID looks like an identifier"),
    "duplicate_columns": (
        {"mass": make_clean()["weight"]},
        ("mass",),
        "1 column equals another in every row: mass = weight.",
    ),
    "mostly_missing": (
        {"cabin": [1.5, 2.5] * 10 + [np.nan] * 180},
        ("cabin",),
        "Most values are missing in cabin (90%).",
    ),
    "missing": (
        {"age": [np.nan] * 7 + list(range(193))},
        ("age",),
        "7 missing values in age (7), in 7 of 200 rows (3.5%).",
    ),
    "infinite": ({"ratio": [np.inf, -np.inf] + [0.25, 0.5] * 99}, ("ratio",), "2 infinite values in ratio"),
    "sentinel": ({"age": [-999.0] * 5 + [20.0, 40.5, 61.0] * 65}, ("age",), "age holds -999 in 5 rows (2.5%)"),
    "numbers_as_text": (
        {"fee": [f"{n},{n % 90 + 10} €" for n in range(199)] + ["free"]},
        ("fee",),
        "fee holds numbers kept as text, such as '0,10 €'; 1 value such as 'free' would become missing.",
    ),
    "spelling": (
        {"city": ["Paris"] * 100 + ["paris "] * 5 + ["PARIS"] * 3 + ["New York"] * 90 + ["new-york"] * 2},
        ("city",),
        "city is spelled in different ways in 10 rows: 'paris ' for 'Paris', 'PARIS' for 'Paris', 'new-york' for",
    ),
    "typo": (
        {"city": ["Hamburg"] * 110 + ["Hambrug"] * 2 + ["Leipzig"] * 88},
        ("city",),
        "city is spelled in different ways in 2 rows: 'Hambrug' for 'Hamburg': slips of the hand",
    ),
    "high_cardinality": (
        {"firm": [f"Firm of {n // 2} sons" for n in range(200)]},
        ("firm",),
        "So many categories for 200 rows that most are seen too rarely: firm (100).",
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_defect_is_the_only_thing_found(kind):
    extra, columns, sentence = PLANTED[kind]
    table = make_table(make_clean(**extra), "sport")
    assert kinds_of(table) == {(kind, columns)}
    assert find_one(table, kind).sentence.startswith(sentence)


def test_all_defects_at_once_are_all_found():
    extra = {f"{name}_{kind}": values for kind, (columns, _, _) in PLANTED.items() for name, values in columns.items()}
    table = make_table(make_clean(**extra), "sport")
    found = {alert.kind for alert in find_alerts(table)}
    assert set(PLANTED) <= found
    order = [("problem", "warning", "note").index(alert.severity) for alert in find_alerts(table)]
    assert order == sorted(order)


def test_the_same_table_gives_the_same_alerts():
    table = load_table("penguins")
    assert find_alerts(table) == find_alerts(table)


# --- identifiers


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        ("PassengerId", np.arange(1, 892), True),
        ("Unnamed: 0", np.arange(500), True),
        ("order_no", np.arange(300) * 13 + 7, True),
        ("sku", [f"A-{n:04d}" for n in range(100)], True),
        ("user_id", [f"user {n}" for n in range(100)], True),
        ("fare", np.linspace(0.1, 512.3, 891), False),
        ("year", np.arange(1950, 2016), False),
        ("population", np.arange(50) ** 3, False),
        ("customer_id", np.arange(300) % 30, False),
        ("name", [f"Mr John Smith the {n}." for n in range(100)], False),
        ("few", np.arange(10), False),
    ],
)
def test_identifiers_are_told_from_measures(name, values, wanted):
    table = make_table({name: values})
    counts = None if table.kinds[name] == "number" else table.frame[name].value_counts()
    assert is_id_like(table, name, counts) is wanted


def test_an_identifier_is_found_beside_a_few_repeated_rows():
    columns = {name: [*values, *values[:3]] for name, values in make_clean(id=np.arange(200)).items()}
    assert ("id_like", ("id",)) in kinds_of(make_table(columns, "sport"))


# --- leaks


def test_petal_width_is_strong_and_honest():
    skills = {one.name: one.skill for one in measure_skills(make_profile(load_table("iris")))}
    assert skills["petal_width"] > 0.9
    assert not [alert for alert in find_alerts(load_table("iris")) if alert.kind == "leak_like"]


@pytest.mark.parametrize("dropped", [["petal_length"], ["petal_length", "sepal_length"]])
def test_petal_width_is_honest_in_any_company(dropped):
    table = load_table("iris")
    kinds = {**table.kinds, **dict.fromkeys(dropped, "ignore")}
    assert "leak_like" not in {alert.kind for alert in find_alerts(table.with_step("fewer", kinds=kinds))}


def test_two_species_that_truly_separate_are_no_leak():
    table = load_table("iris")
    frame = table.frame[table.frame["species"] != "versicolor"].reset_index(drop=True)
    assert "leak_like" not in {alert.kind for alert in find_alerts(table.with_step("two", frame=frame))}


def test_a_recoded_target_is_a_problem():
    table = load_table("iris")
    codes = table.frame["species"].map({"setosa": 2.0, "versicolor": 0.0, "virginica": 1.0})
    leaky = Table(table.frame.assign(code=codes), "t", "upload", "", {**table.kinds, "code": "number"}, "species")
    alert = find_one(leaky, "leak_like")
    assert (alert.severity, alert.columns) == ("problem", ("code",))
    assert alert.sentence == (
        "code seems to be species under another name: its 3 values alone give the right answer in 100% of rows."
    )


def test_the_lifeboat_is_a_leak():
    # As on the Titanic: who has a boat's number survived, but for a few; the sex is right in about 78%.
    rng = np.random.default_rng(1)
    survived = rng.random(1309) < 0.38
    boats = np.array([str(n) for n in range(1, 21)], dtype=object)
    boat = np.where(survived ^ (rng.random(1309) < 0.02), rng.choice(boats, 1309), None)
    sex = np.where(survived ^ (rng.random(1309) < 0.22), "female", "male")
    table = make_table(
        {"boat": boat, "sex": sex, "fare": rng.normal(size=1309), "survived": np.where(survived, "1", "0")}, "survived"
    )
    alert = find_one(table, "leak_like")
    assert (alert.severity, alert.columns) == ("warning", ("boat",))
    assert "boat alone gives survived right in 98" in alert.sentence
    assert "the next best (sex) in 7" in alert.sentence


def test_a_number_that_knows_the_answer_is_a_leak():
    columns = make_clean(400)
    y = columns["sport"] == "yes"
    columns = {"paid_later": np.where(y, 1, -1) * (np.random.default_rng(2).random(400) + 0.1), **columns}
    assert ("leak_like", ("paid_later",)) in kinds_of(make_table(columns, "sport"))


@pytest.mark.parametrize("n_rows", [31, 60, 100, 200, 400])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_a_perfect_number_is_found_in_a_small_table(n_rows, n_classes):
    found = 0
    for seed in range(1, 11):
        rng = np.random.default_rng(seed)
        y = rng.permutation(np.arange(n_rows) % n_classes)
        columns = {f"honest{n}": rng.normal(size=n_rows) + 0.8 * y for n in range(3)}
        columns |= {"leak": 10 * y + 0.1 * rng.normal(size=n_rows), "y": np.array(list("abcde"))[y]}
        found += ("leak_like", ("leak",)) in kinds_of(make_table(columns, "y"))
    assert found == 10


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_steps_are_cut_midway_whatever_the_order_of_the_classes(order):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 40)
    folds = rng.permutation(120) % 5
    values = np.array(order)[y] + rng.random(120) * 0.4
    assert cross_validate_steps(values, y, folds) == 1
    assert cross_validate_steps(np.where(y == 2, np.nan, values), y, folds) == 1  # a gap is a value of its own
    assert cross_validate_steps(np.where(y == 2, np.inf, values), y, folds) == 1
    assert 0.2 < cross_validate_steps(rng.normal(size=120), y, folds) < 0.46


def test_steps_answer_as_the_nearest_neighbour_does():
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 200)
    values, folds = y + rng.normal(size=200), rng.permutation(200) % 5
    n_right = 0
    for fold in range(5):
        inside = folds == fold
        model = KNeighborsClassifier(1).fit(values[~inside, None], y[~inside])
        n_right += (model.predict(values[inside, None]) == y[inside]).sum()
    assert cross_validate_steps(values, y, folds) == n_right / 200


def test_a_number_that_is_right_like_others_are_is_no_leak():
    columns = make_clean(400)
    y, rng = columns["sport"] == "yes", np.random.default_rng(2)
    columns = {
        "first": np.where(y, 1, -1) * (rng.random(400) + 0.1),
        "second": np.where(y ^ (rng.random(400) < 0.05), 1, -1) * (rng.random(400) + 0.1),
        **columns,
    }
    table = make_table(columns, "sport")
    skills = {one.name: one.skill for one in measure_skills(make_profile(table))}
    assert skills["first"] > 0.98
    assert 0.75 < skills["second"] < 0.98
    assert "leak_like" not in {alert.kind for alert in find_alerts(table)}


def test_an_identifier_in_the_order_of_the_classes_is_no_leak_but_an_identifier():
    table = load_table("iris")
    numbered = Table(table.frame.assign(Id=range(150)), "t", "upload", "", {**table.kinds, "Id": "number"}, "species")
    assert {kind for kind, _ in kinds_of(numbered)} == {"id_like"}


def test_noise_has_no_skill():
    rng = np.random.default_rng(3)
    columns = {f"x{n}": rng.normal(size=2000) for n in range(20)}
    columns |= {f"c{n}": rng.choice(list("abcdefgh"), 2000) for n in range(20)}
    table = make_table({**columns, "y": rng.choice(["a", "b"], 2000)}, "y")
    assert max(one.skill for one in measure_skills(make_profile(table))) < 0.1


def test_a_large_table_is_sampled_and_says_so():
    y = np.arange(SAMPLE_ROWS + 10) % 2
    rng = np.random.default_rng(4)
    table = make_table({"x": rng.normal(size=len(y)), "copy": y.astype(float), "y": np.where(y, "b", "a")}, "y")
    assert "(measured on 20,000 rows)" in find_one(table, "leak_like").sentence


def test_a_number_on_another_scale_is_a_leak():
    rng = np.random.default_rng(5)
    price = rng.normal(200, 50, 300)
    columns = {"rooms": price / 50 + rng.normal(size=300), "price_eur": price * 0.9, "price": price}
    table = make_table(columns, "price")
    alert = find_one(table, "leak_like")
    assert (alert.severity, alert.columns) == ("problem", ("price_eur",))
    assert str(LINE_R) in alert.sentence


# --- values


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([-999.0] + [1.0, 5.0, 80.0] * 20, ("-999",)),
        ([999.0, 9999.0] + [1.0, 5.0, 80.0] * 20, ("999", "9999")),
        ([99.0, 99.0] + [1.0, 2.0, 3.0, 4.0, 5.0] * 20, ("99",)),
        ([-99.0, -99.0] + [0.0, 2.0, 500.0] * 20, ("-99",)),
        ([-9999.0] + [0.0, 20.0, 50_000.0] * 20, ("-9999",)),
        ([999.0] + [float(n) for n in range(900, 1100)], ()),
        ([999.0] + [float(n) for n in range(0, 900, 5)], ()),
        ([9999.0] + [100.0, 2500.0, 80_000.0] * 20, ()),
        ([99.0] + [1.0, 2.0, 30.0] * 20, ()),
        ([-999.0] + [-5_000.0, 3_000.0, 12.0] * 20, ()),
        ([-1.0] * 5 + [1.0, 2.0] * 20, ()),
        ([-999.0] * 50, ()),
    ],
)
def test_codes_for_missing_are_told_from_values(values, codes):
    table = make_table({"a": values, "b": np.random.default_rng(0).normal(size=len(values))})
    found = [alert.fix.values for alert in find_alerts(table) if alert.kind == "sentinel"]  # noqa: PD011  # not a frame
    assert found == ([codes] if codes else [])


def test_a_question_mark_stands_for_missing():
    table = make_table({"job": ["?"] * 4 + ["clerk", "cook"] * 98, "x": np.random.default_rng(0).normal(size=200)})
    alert = find_one(table, "sentinel")
    assert alert.sentence == "job holds '?' in 4 rows: it probably stands for a missing value."


@pytest.mark.parametrize(
    "texts",
    [
        ["007", "012", "133"] * 30,
        ["1", "2", "3"] * 30,
        ["Mr 5 Smith", "b", "c"] * 30,
        ["2026-01-02", "2026-01-03", "2026-01-04"] * 30,
        ["12 g", "1 kg", "3 lb"] * 30,
    ],
)
def test_codes_classes_dates_and_mixed_units_are_no_numbers(texts):
    table = make_table({"a": texts, "x": np.random.default_rng(0).normal(size=90)})
    assert "numbers_as_text" not in {alert.kind for alert in find_alerts(table)}


def test_numbers_with_units_are_no_identifiers_however_different():
    table = make_table({"mass": [f"{n}.5kg" for n in range(200)], "x": np.random.default_rng(0).normal(size=200)})
    assert {kind for kind, _ in kinds_of(table)} == {"numbers_as_text"}


# --- spellings


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("setosa", "setossa", True),
        ("hamburg", "hambrug", True),
        ("berlin", "berlim", True),
        ("oslo", "osla", False),
        ("male", "female", False),
        ("class 1", "class 2", False),
        ("grade a", "grade b", False),
        ("austria", "australia", False),
        ("setosa", "setosa", False),
        ("virginica", "versicolor", False),
    ],
)
def test_slips_of_the_hand(first, second, wanted):
    assert is_slip(first, second) is is_slip(second, first) is wanted


def test_a_class_spelled_two_ways_is_found():
    columns = make_clean()
    columns["sport"] = np.where(np.arange(200) < 6, "Yes ", columns["sport"])
    assert ("spelling", ("sport",)) in kinds_of(make_table(columns, "sport"))


@pytest.mark.parametrize("pair", [("-1", "1"), ("A-", "A"), ("A+", "A"), ("1.5", "1-5"), ("3/4", "3 4"), ("v1", "v2")])
def test_values_that_differ_on_purpose_are_let_be(pair):
    table = make_table({"a": list(pair) * 100, "x": np.random.default_rng(0).normal(size=200)})
    assert find_alerts(table) == ()


def test_two_common_names_one_letter_apart_are_let_be():
    table = make_table({"a": ["marten", "martin"] * 100, "x": np.random.default_rng(0).normal(size=200)})
    assert "typo" not in {alert.kind for alert in find_alerts(table)}


# --- rows and target


def test_repeated_rows_match_pandas():
    rng = np.random.default_rng(6)
    for n_values in (2, 5, 50):
        frame = pd.DataFrame({
            "a": rng.integers(0, n_values, 300).astype(float),
            "b": rng.choice(np.array(["u", "v", None], dtype=object), 300),
            "c": pd.array(rng.integers(0, n_values, 300), dtype="Int64"),
        }).mask(rng.random((300, 3)) < 0.1)  # fmt: skip
        assert find_repeated(frame).tolist() == frame.duplicated().tolist()


def test_many_copies_are_a_warning():
    columns = {name: list(values) * 2 for name, values in make_clean(100).items()}
    alert = find_one(make_table(columns, "sport"), "duplicate_rows")
    assert alert.severity == "warning"
    assert alert.sentence.startswith("100 of 200 rows (50%) repeat earlier ones; copies in both training and test")


def test_rows_without_any_value_are_found():
    frame = pd.DataFrame(make_clean()).mask(np.repeat(np.arange(200)[:, None] < 3, 4, axis=1))
    table = Table(
        frame, "t", "upload", "", {"height": "number", "weight": "number", "town": "category", "sport": "category"}
    )
    assert find_one(table, "empty_rows").sentence == "3 rows without any value."


def test_many_incomplete_rows_get_no_button():
    columns = make_clean(age=[np.nan] * 60 + list(range(140)))
    assert find_one(make_table(columns, "sport"), "missing").fix is None


def test_an_unknown_answer_is_a_problem():
    columns = make_clean()
    columns["sport"] = np.where(np.arange(200) < 10, None, columns["sport"])
    alert = find_one(make_table(columns, "sport"), "missing_target")
    assert alert.severity == "problem"
    assert alert.sentence.startswith("sport, the column to predict, is missing in 10 of 200 rows (5%)")


def test_uneven_classes_name_the_trap():
    columns = make_clean(1000)
    columns["sport"] = np.where(np.arange(1000) < 990, "no", "yes")
    sentence = find_one(make_table(columns, "sport"), "imbalance").sentence
    assert sentence == (
        "The classes of sport are uneven: no 99%, yes 1%. Always answering no would be right in 99%, "
        "so judge by balanced accuracy and recall."
    )


def test_rare_classes_are_found_where_two_others_remain():
    columns = make_clean()
    columns["sport"] = np.where(np.arange(200) < 3, "maybe", columns["sport"])
    alert = find_one(make_table(columns, "sport"), "rare_class")
    assert alert.sentence == "maybe of sport has fewer than 5 rows: too few to train and test on."
    assert alert.fix.label == "Drop 3 rows of a rare class"
    two = make_table({"x": np.arange(40) / 7, "y": ["a"] * 38 + ["b"] * 2}, "y")
    assert "rare_class" not in {alert.kind for alert in find_alerts(two)}


def test_equal_rows_with_different_answers_bound_any_model():
    # Four cells of ten rows; in each the commonest answer has 7 of 10: no model can pass 28 of 40.
    columns = {"a": np.repeat([0.0, 0.0, 1.0, 1.0], 10), "b": np.repeat(["u", "v", "u", "v"], 10)}
    answers = [["yes", "no"][int(n % 10 < 3) ^ (n // 20)] for n in range(40)]
    alert = find_one(make_table({**columns, "y": answers}, "y"), "conflicting_answers")
    assert alert.sentence == (
        "40 rows agree with another in every feature and differ in y: "
        "no model can be right on more than 70% of this table."
    )


def test_ignored_columns_are_passed_over():
    extra, _, _ = PLANTED["sentinel"]
    table = make_table(make_clean(**extra, constant=[1.0] * 200), "sport", age="ignore", constant="ignore")
    assert find_alerts(table) == ()


def test_long_names_and_many_columns_keep_sentences_short():
    wide = make_table(make_clean(**{f"{'x' * 500}{n}": [1.0] * 200 for n in range(100)}), "sport")
    alert = find_one(wide, "constant")
    assert len(alert.columns) == 100
    assert len(alert.sentence) < 500
    assert len(alert.fix.label) < 100


def test_a_million_categories_are_named_as_such():
    n_rows = 1_000_000
    table = make_table({"c": [f"cat {n}" for n in range(n_rows)], "x": np.random.default_rng(0).normal(size=n_rows)})
    (alert,) = find_alerts(table)
    assert alert.kind == "high_cardinality"
    assert "c (1,000,000)" in alert.sentence


def test_markup_and_formulas_in_names_and_cells_are_only_text():
    name = "<img src=x onerror=alert(1)>"
    table = make_table(make_clean(**{name: ["=1+1"] * 200}), "sport")
    assert find_one(table, "constant").sentence == f"{name} (=1+1) has one value only and tells no rows apart."


def test_numeric_classes_are_written_as_a_person_would():
    columns = make_clean()
    y = np.where(np.arange(200) < 3, 2.0, np.where(columns["sport"] == "yes", 1.0, 0.0))
    alert = find_one(make_table({**columns, "sport": y}, "sport"), "rare_class")
    assert alert.fix.values == ("2",)  # noqa: PD011  # not a frame
