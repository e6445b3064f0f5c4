"""The investigators' queue: the hundred best cards of a day, each once; answers, their truth, and refusals."""

import numpy as np
import pytest

from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.charts import queue_chart
from core.streaming.fraud.queue import ROOM, Alert, InvestigatorQueue
from core.streaming.fraud.transactions import DAY_S, Transaction


def alert(number, customer, score, seconds=0):
    return Alert(Transaction(number, seconds, customer, 0, 10.0), score, np.zeros(15))


def fill(queue, rng, n=500, n_cards=60, seconds=0):
    scores, cards = rng.random(n), rng.integers(0, n_cards, n)
    for number, (card, score) in enumerate(zip(cards.tolist(), scores.tolist(), strict=True)):
        queue.offer(alert(number, card, score, seconds))
    return scores, cards


def test_a_day_is_the_cards_with_the_highest_scores_each_once():
    queue = InvestigatorQueue(20)
    scores, cards = fill(queue, np.random.default_rng(0))
    best = {card: scores[cards == card].max() for card in np.unique(cards).tolist()}
    wanted = sorted(best, key=best.get, reverse=True)[:20]
    assert [each.transaction.customer for each in queue.list()] == wanted
    # Card precision: of the cards looked at, those whose best payment was a fraud.
    report = queue.close_day(0, lambda number: scores[number] > 0.97)
    assert (report.n_alerts, report.n_cards, report.n_checked) == (500, 60, 20)
    assert report.precision == sum(best[card] > 0.97 for card in wanted) / 20
    assert queue.list() == ()


def test_memory_is_bounded_and_the_best_stay():
    queue = InvestigatorQueue(3)
    for number in range(1_000):
        queue.offer(alert(number, number, (number * 7 % 1_000) / 1_000))
    assert len(queue.list(10_000)) == ROOM * 3
    assert [each.score for each in queue.list()] == [0.999, 0.998, 0.997]


def test_a_card_that_was_found_is_not_offered_again_for_a_week():
    queue = InvestigatorQueue(5)
    queue.offer(alert(0, 9, 0.9))
    queue.close_day(0, lambda _: True)
    for day, is_listed in ((1, False), (7, False), (8, True)):
        queue.offer(alert(day, 9, 0.9, day * DAY_S))
        assert (len(queue.list()) == 1) is is_listed
        queue.close_day(day, lambda _: False)


def test_answers_use_the_days_capacity_and_are_held_against_the_truth():
    queue = InvestigatorQueue(3)
    for number in range(6):
        queue.offer(alert(number, number, number / 10))
    assert queue.answer(5, fraud=True).by_person
    queue.answer(0, fraud=True)
    assert queue.n_left == 1
    report = queue.close_day(0, lambda _: False)
    assert (report.n_checked, report.n_found) == (3, 2)
    assert [each.by_person for each in queue.answers] == [True, True, False]
    queue.check(np.arange(6), np.arange(6) >= 4)
    assert (queue.n_checked, queue.n_right) == (2, 1)


def test_what_cannot_be_answered_is_refused_in_a_sentence():
    with pytest.raises(RecipeError, match="capacity is 0 cards a day; it must be 1 to 1000"):
        InvestigatorQueue(0)
    queue = InvestigatorQueue(1)
    queue.offer(alert(1, 1, 0.5))
    with pytest.raises(DataError, match="transaction 7 is not in today's queue"):
        queue.answer(7, fraud=True)
    queue.answer(1, fraud=False)
    with pytest.raises(DataError, match="1 cards were looked at today, which is the limit"):
        queue.answer(1, fraud=True)


def test_the_chart_tells_the_share_over_days_with_work():
    queue = InvestigatorQueue(2)
    assert queue_chart(queue.reports) is None
    for day in range(3):
        for number in range(2):
            queue.offer(alert(10 * day + number, 10 * day + number, 0.5, day * DAY_S))
        queue.close_day(day, lambda number: number % 10 == 0)
    queue.close_day(3, lambda _: True)
    chart = queue_chart(queue.reports)
    assert chart.title == "Half of the cards looked at were bad: 3 of 6"
    assert chart.marks[0].y.tolist() == [0.5, 0.5, 0.5]
