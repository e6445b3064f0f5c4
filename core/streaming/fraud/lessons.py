"""What the Learn tab teaches of models on a stream: plain words, a formula, a figure that moves, and the code.

Left out: the figures themselves (``lesson_figures``); the questions (``questions``).
"""

from __future__ import annotations

from core.hub.contract import Lesson
from core.streaming.fraud import lesson_figures as figures
from core.streaming.fraud import lesson_streams as streams

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "features",
        "What is known at the moment of a payment",
        "A payment alone says little. What the customer usually pays and how risky the terminal has been say more, so the stream keeps running counts of 1, 7 and 30 days. A terminal's risk is its share of known frauds, and a fraud is known only about a week later: the windows end that long ago. A feature that used a label earlier would look well in a test and be impossible live.",
        r"\text{risk}_w = \frac{\#\,\text{frauds in } (t-d-w,\ t-d]}{\#\,\text{payments in } (t-d-w,\ t-d]}",
        "core.streaming.fraud.features:make_features",
        figures.DelayControl,
        figures.draw_delay,
    ),
    Lesson(
        "ratios",
        "Ratios: the model need not learn to divide",
        "A stolen card pays five times what its owner would. 150 is much for one customer and little for another, so the amount over the mean of the customer's other payments tells what neither tells alone. A tree would need many splits for it. The ratios are made of the fifteen features and need no more memory of the stream; on the validation weeks they raise the average precision of boosting from 0.65 to 0.72.",
        r"r = \frac{a}{\left(n\,\bar a - a\right) / (n - 1)}",
        "core.streaming.fraud.ratios:add_ratios",
        figures.RatioControl,
        figures.draw_ratios,
    ),
    Lesson(
        "protocol",
        "Learn, wait, score: the handbook's protocol",
        "Models learn from one week, wait seven days until its frauds are known, and are scored on the week after. Customers known to be compromised by then are taken out, because they need no model. Settings and weights are chosen on weeks that end before the first test week begins; then four test weeks follow one another.",
        r"\text{train } [s, s+7),\quad \text{wait } [s+7, s+14),\quad \text{score } [s+14, s+21)",
        "core.streaming.fraud.protocol:split_week",
        figures.WeekControl,
        figures.draw_weeks,
    ),
    Lesson(
        "ranking",
        "Why not the ROC area alone",
        "The ROC area is how often a fraud is ranked above a genuine payment. It does not move when frauds get rarer, and yet the list of alerts gets much worse, because there are many more genuine payments to be mistaken. Average precision is the share of frauds among the alerts, averaged as the list grows, and its floor is the share of frauds.",
        r"\text{AP} = \sum_k \left(R_k - R_{k-1}\right) P_k",
        "core.streaming.fraud.protocol:rank_scores",
        figures.RankControl,
        figures.draw_rank,
    ),
    Lesson(
        "cards",
        "Card precision: what investigators see",
        "Investigators can look at 100 cards a day. A card's score is that of its highest payment of the day; a card that was caught is not looked at again. Card precision is the share of compromised cards among those 100. With fewer than 100 compromised cards a day it cannot reach 1: in the test week nobody could reach more than 0.397.",
        r"\text{CP@}k = \frac{1}{D} \sum_{d=1}^{D} \frac{\#\,\text{compromised among the top } k \text{ of day } d}{k}",
        "core.streaming.fraud.protocol:measure_card_precision",
        figures.CardsControl,
        figures.draw_cards,
    ),
    Lesson(
        "anomalies",
        "Detectors that need no labels",
        "An isolation forest cuts rows apart at random; what ends up alone after few cuts is unusual. It finds large amounts at once, before anybody has labelled one. Most frauds here are ordinary payments at a compromised terminal, which are not unusual at all, so it finds fewer frauds than models that were told.",
        r"s(x) = 2^{-\,\mathrm{E}[h(x)] / c(n)}",
        "core.streaming.fraud.anomaly:fit_isolation",
        figures.IsolationControl,
        figures.draw_isolation,
    ),
    Lesson(
        "alarms",
        "Drift: when is a change an alarm",
        "What a model learnt from does not last: prices rise, thieves change their ways. A watch holds each feature, the score and the model's error against its own past. ADWIN keeps a window that grows while its older and newer parts agree, and drops the older part once their means differ by more than chance allows. A higher level finds a shift sooner and raises more false alarms, so how often quiet streams alarm is rehearsed and stated. Features and score tell at once; the error waits a week for its labels.",
        r"\left|\bar x_{\text{old}} - \bar x_{\text{new}}\right| > \varepsilon_\delta(n_{\text{old}}, n_{\text{new}})",
        "core.streaming.fraud.alarms:AdwinWatch",
        streams.AlarmControl,
        streams.draw_alarms,
    ),
    Lesson(
        "decisions",
        "Keep, recalibrate or retrain: look every day",
        "After an alarm a challenger learns from the newest labels and answers in the shadow, beside a champion whose probabilities are only stretched. Which loses less on labels that came later decides. Looking at an ordinary 95% interval each day finds a difference sooner or later even where there is none; an always-valid interval is wider and holds at all times together, so one may stop at any look. A challenger that is shown to be worse ends its trial too, so that the next can begin.",
        r"\left|\bar g_n\right| > \text{error}_n \sqrt{2\,\frac{v+1}{v}\,\ln\frac{\sqrt{v+1}}{\alpha}}",
        "core.streaming.fraud.policy:Policy",
        streams.TrialControl,
        streams.draw_trial,
    ),
    Lesson(
        "once",
        "Exactly once, whatever is killed",
        "The consumer reads a batch, writes its alerts, and notes its place in the log. Killed between two writes it loses alerts (place first) or writes them twice (alerts first). Both in one transaction leave no between: all of a batch is there or nothing, and a restart reads on from the stored place. Copies that go on to other topics cannot join the transaction: they may come twice, and carry a number that tells so.",
        "",
        "core.streaming.fraud.sink_writes:write",
        streams.KillControl,
        streams.draw_kill,
    ),
)
