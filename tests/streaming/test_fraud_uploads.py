"""Payments of one's own: any of the usual column names, what is put aside and why, refusals."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.reading import read_table
from core.hub.errors import DataError
from core.streaming.fraud.features import make_features
from core.streaming.fraud.histories import customer_chart, terminal_chart
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.upload_columns import Columns, find_columns
from core.streaming.fraud.upload_numbers import find_number, number_payments
from core.streaming.fraud.uploads import load_upload, mask_card
from tests.tables import make_table

GOOD = {
    "time": ["2020-01-01 10:00:00", "2020-01-01 11:00:00", "2020-01-02 09:30:00"],
    "customer": ["ann", "ben", "ann"],
    "terminal": ["t1", "t1", "t2"],
    "amount": [10.0, 20.5, 3.25],
    "is_fraud": [0, 1, 0],
}


def load_changed(**changes):
    return load_upload(make_table(**(GOOD | changes)))


def test_a_file_in_the_handbooks_words_gives_the_same_payments_and_features():
    made = simulate(Simulation(n_customers=60, n_terminals=50, n_days=15, radius=20.0))
    frame = made.to_frame().rename(
        columns={
            "id": "TRANSACTION_ID",
            "time": "TX_DATETIME",
            "customer": "CUSTOMER_ID",
            "terminal": "TERMINAL_ID",
            "amount": "TX_AMOUNT",
            "fraud": "TX_FRAUD",
            "scenario": "TX_FRAUD_SCENARIO",
        }
    )
    frame["TX_FRAUD"] = frame["TX_FRAUD"].astype(int)
    content = frame.drop(columns="seconds").to_csv(index=False).encode()
    upload = load_upload(read_table(content, "payments.csv").table)
    assert upload.labelled
    assert upload.quarantine == ()
    assert np.array_equal(upload.transactions.seconds, made.seconds)
    assert upload.transactions.amount == pytest.approx(made.amount, abs=1e-9)
    assert np.array_equal(upload.transactions.fraud, made.fraud)
    assert [upload.customers[each] for each in upload.transactions.customer] == made.customer.astype(str).tolist()
    assert make_features(upload.transactions) == pytest.approx(make_features(made), abs=1e-9)
    assert any("TX_FRAUD_SCENARIO" in note for note in upload.notes)


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("time", [None, "2020-01-01 11:00:00", "2020-01-02"], "the time is missing"),
        ("time", ["soon", "2020-01-01 11:00:00", "2020-01-02"], "the time cannot be read"),
        ("time", ["1066-10-14", "2020-01-01 11:00:00", "2020-01-02"], "the time "),
        ("time", [-9e9, 3.0, 4.0], "the time is not from 1990 to 2099"),
        ("customer", [" ", "ben", "ann"], "the customer is missing"),
        ("terminal", [None, "t1", "t2"], "the terminal is missing"),
        ("amount", [None, 1.0, 2.0], "the amount is missing or not a number"),
        ("amount", ["ten", "1", "2"], "the amount is missing or not a number"),
        ("amount", [-1.0, 1.0, 2.0], "the amount is negative"),
        ("amount", [float("inf"), 1.0, 2.0], "the amount is over 1,000,000, the limit"),
        ("amount", [1e9, 1.0, 2.0], "the amount is over 1,000,000, the limit"),
        ("is_fraud", [None, 1, 0], "the fraud label is missing"),
        ("is_fraud", ["maybe", "yes", "no"], "the fraud label is neither yes nor no"),
    ],
)
def test_a_row_that_cannot_be_used_is_put_aside_with_its_reason(column, values, reason):
    upload = load_changed(**{column: values})
    assert [row for row, _ in upload.quarantine] == [0]
    assert upload.quarantine[0][1].startswith(reason)
    assert upload.rows.tolist() == [1, 2]
    assert len(upload.transactions) == 2
    assert sum(upload.count_reasons().values()) == 1
    assert any("1 row of 3 put in quarantine" in note for note in upload.notes)


def test_an_id_counts_once():
    upload = load_changed(trans_num=["x", "y", "x"])
    assert upload.count_reasons() == {"the id is that of an earlier row": 1}


def test_rows_out_of_order_are_put_in_order_and_said():
    upload = load_changed(time=["2020-01-03", "2020-01-01", "2020-01-02"])
    assert upload.rows.tolist() == [1, 2, 0]
    assert (np.diff(upload.transactions.seconds) > 0).all()
    assert "2 rows came after a later one and were put in order of time" in upload.notes


def test_times_as_numbers_are_seconds_of_the_simulation_of_unix_or_parts_of_them():
    moment = pd.Timestamp("2020-01-01").timestamp()
    expected = int((pd.Timestamp("2020-01-01") - pd.Timestamp("2018-04-01")).total_seconds())
    for numbers in ([expected + 0.0, expected + 1, expected + 2], [moment, moment + 1, moment + 2]):
        assert load_changed(time=numbers).transactions.seconds.tolist() == [expected, expected + 1, expected + 2]
    for parts in (1e3, 1e6, 1e9):
        assert load_changed(time=[moment * parts] * 3).transactions.seconds.tolist() == [expected] * 3


def test_a_zone_is_taken_into_account():
    with_zone = load_changed(time=["2020-01-01T10:00:00+02:00", "2020-01-01T09:00:00Z", "2020-01-02T00:00:00"])
    assert np.diff(with_zone.transactions.seconds).tolist() == [3_600, 15 * 3_600]


def test_without_a_label_payments_can_be_scored_only():
    upload = load_upload(make_table(**{name: column for name, column in GOOD.items() if name != "is_fraud"}))
    assert not upload.labelled
    assert not upload.transactions.fraud.any()
    assert "no column says which payments are frauds: they can be scored, not learnt from" in upload.notes


def test_a_column_that_a_person_chose_is_taken():
    table = make_table(**GOOD, other=[1.0, 2.0, 3.0])
    columns = find_columns(table, Columns(amount="other"))
    assert (columns.amount, columns.time) == ("other", "time")
    assert load_upload(table, Columns(amount="other")).transactions.amount.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("columns", "chosen", "sentence"),
    [
        ({"a": [1], "b": [2]}, None, "no column for time, customer, terminal and amount; it has a and b"),
        (GOOD, Columns(time="when"), "there is no column 'when'"),
        (GOOD, Columns(time="amount", amount="amount"), "column 'amount' is chosen 2 times"),
        (GOOD | {"amount": [-1.0, -2.0, -3.0]}, None, "none of the 3 rows can be used .3 rows: the amount is negative"),
    ],
)
def test_a_table_that_holds_no_payments_is_refused(columns, chosen, sentence):
    with pytest.raises(DataError, match=sentence):
        load_upload(make_table(**columns), chosen)


def test_card_numbers_are_not_kept():
    upload = load_changed(customer=["4111111111111111", "5500-0000-0000-0004", "4111111111111111"])
    assert upload.customers == ("card ending 1111", "card ending 0004")
    assert mask_card("12345") == "12345"


def number_changed(**changes):
    table = make_table(**(GOOD | changes))
    return number_payments(table.frame, load_upload(table))


def test_a_name_has_one_number_in_every_file_and_order_of_rows():
    one = number_changed()
    other = number_changed(customer=["ben", "ann", "ann"], time=GOOD["time"][::-1])
    ann, ben = find_number("ann"), find_number("ben")
    assert one.customer.tolist() == [ann, ben, ann]
    assert other.customer.tolist() == [ann, ann, ben]
    assert not set(one.id.tolist()) & set(other.id.tolist())
    assert number_changed().id.tolist() == one.id.tolist()
    assert number_changed(customer=[3, 1, 3]).customer.tolist() == [3, 1, 3]
    assert number_changed(customer=[3.0, 1.0, 3.0]).customer.tolist() == [3, 1, 3]


def test_ids_of_ones_own_are_kept_and_like_payments_stay_two():
    assert number_changed(trans_num=[9, 8, 7]).id.tolist() == [9, 8, 7]
    alike = number_changed(**{name: values[:1] * 3 for name, values in GOOD.items()})
    assert len(set(alike.id.tolist())) == 3


def test_card_numbers_do_not_travel():
    numbers = number_changed(customer=[4111111111111111, 5500000000000004, 4111111111111111]).customer
    assert numbers[0] == numbers[2] != numbers[1]
    assert (numbers >= 2**61).all()
    assert "4111111111111111" not in map(str, numbers.tolist())


def make_days(times):
    return load_upload(make_table(time=times, customer=["ann"] * len(times), terminal=["t"] * len(times),
                                  amount=[1.0] * len(times)))  # fmt: skip


def test_a_single_time_years_away_is_set_aside_and_a_second_year_is_not():
    usual = pd.date_range("2020-01-01", periods=200, freq="h").astype(str).tolist()
    upload = make_days([*usual, "2099-01-01 00:00:00"])
    assert upload.count_reasons() == {"the time is more than a year away from that of nearly all other payments": 1}
    assert len(upload.transactions) == 200
    again = pd.date_range("2022-01-01", periods=20, freq="h").astype(str).tolist()
    assert make_days([*usual, *again]).quarantine == ()


def test_charts_of_ones_own_payments_call_customers_and_terminals_by_their_names():
    upload = load_changed()
    number = upload.customers.index("ann")
    assert customer_chart(upload.transactions, number, "ann").title.startswith("Customer ann: usually")
    number = upload.terminals.index("t2")
    assert terminal_chart(upload.transactions, number, "t2").title.startswith("Terminal t2: 0 of its")
