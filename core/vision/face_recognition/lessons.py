"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``, ``triplet_figures``, ``safety_figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.vision.face_recognition import figures, safety_figures, triplet_figures

HERE = "core.vision.face_recognition"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "detection",
        "Detection and recognition are two questions",
        "Detection asks: is there a face, and where? Recognition asks: whose is it? Detection knows nobody; it slides a window over the picture and looks for the edges that eyes, nose and mouth make. Recognition is only asked about what was detected, and it may answer: nobody I know. Each has its own threshold. Move both: a strict detector misses faces, a wide gate gives strangers a name.",
        r"\text{face if } s(\text{window}) \ge \theta, \qquad \text{named if } \min_i \lVert f - g_i \rVert \le \text{gate}",
        f"{HERE}.detection:find_faces",
        figures.DetectionControl,
        figures.draw_detection,
    ),
    Lesson(
        "alignment",
        "Alignment",
        "The network has only seen faces that stand upright, equally large, with the eyes in the same place. So five landmarks are found, the corners of both eyes and the base of the nose, and the picture is turned, scaled and moved until they lie where they belong. Tilt and size go away. A turn in depth stays: no movement of a flat picture undoes it.",
        r"\min_{s,\, R,\, t} \; \sum_{i=1}^{5} \lVert s R \, x_i + t - y_i \rVert^2",
        f"{HERE}.alignment:find_similarity",
        figures.AlignmentControl,
        figures.draw_alignment,
    ),
    Lesson(
        "embedding",
        "Embedding: a face as 128 numbers",
        "A network turns the aligned face into 128 numbers. None of them means a nose or a colour; it was only taught that pictures of one person give near numbers and pictures of two people far ones. So comparing faces is measuring a distance. The figure shows simulated people whose distances are as on real photographs.",
        r"d(a, b) = \lVert f(a) - f(b) \rVert = \sqrt{\sum_{i=1}^{128} \big(f_i(a) - f_i(b)\big)^2}",
        f"{HERE}.types:measure_distance",
        figures.EmbeddingControl,
        figures.draw_embedding,
    ),
    Lesson(
        "two_tasks",
        "Verification and identification",
        "Verification is one comparison: is this the person it claims to be? Its errors are false accepts and false rejects. Identification looks a face up among all who are enrolled, so a stranger has as many chances to be mistaken as there are people. What is good enough to unlock a door is not good enough to search a crowd. The curve takes comparisons as independent.",
        r"P(\text{a stranger gets a name}) = 1 - (1 - \text{FAR})^n",
        f"{HERE}.verification:verify",
        figures.TasksControl,
        figures.draw_tasks,
    ),
    Lesson(
        "classifiers",
        "Nearest neighbours and support vectors, behind a gate",
        "Nearest neighbours let the nearest pictures vote. Support vectors draw for each person the line with the widest margin to all others. Both always name somebody: they share the whole plane among those they know. So behind either stands a gate: no name without a picture of that very person within it. Take the gate away and every stranger is named.",
        r"\hat{y}(f) = \begin{cases} k(f) & \text{if } \min_{i \in k(f)} \lVert f - g_i \rVert \le \text{gate} \\ \text{unknown} & \text{else} \end{cases}",
        f"{HERE}.identification:make_recogniser",
        figures.GateControl,
        figures.draw_gate,
    ),
    Lesson(
        "triplet_loss",
        "The triplet loss",
        "How is a network taught that one person is near and another far? By threes: an anchor, a positive of the same person, a negative of another. The negative should be further than the positive by a margin. If it is, the triplet costs nothing; if not, it costs what is lacking. Downhill, the anchor and the positive move together and the negative moves away.",
        r"L = \max\big(0, \; \lVert a - p \rVert^2 - \lVert a - n \rVert^2 + \alpha\big), \qquad \frac{\partial L}{\partial a} = 2 (n - p)",
        f"{HERE}.triplet:find_gradient",
        triplet_figures.TripletControl,
        triplet_figures.draw_triplet,
    ),
    Lesson(
        "mining",
        "Semi-hard mining",
        "Most triplets keep their margin and teach nothing: learning from all of them wastes nearly every one. The hardest, whose negative is nearer than the positive, are often wrong labels and ruined pictures, and early on they can pull everything into one point. Semi-hard negatives are further than the positive, but not by the margin: each one teaches, none is absurd. They are chosen anew at every step.",
        r"\lVert a - p \rVert^2 < \lVert a - n \rVert^2 < \lVert a - p \rVert^2 + \alpha",
        f"{HERE}.mining:mine_triplets",
        triplet_figures.MiningControl,
        triplet_figures.draw_mining,
    ),
    Lesson(
        "head",
        "A head that learns, and whether it is any good",
        "A matrix is put behind the 128 numbers and taught by triplets; the network itself stays. It starts as a random projection that mixes people up. Move the step: each colour is a person. It looks convincing, so it is asked about people it has never seen. Of 40 people's photographs (ORL, `python -m core.vision.face_recognition.measure_head`) a head of 16 numbers then mixes up 0.51% of the pairs, the plain distance 0.0017%; a careful head of 128 numbers is no better than that. A few people teach it these people, not faces: the network before it learnt from three million pictures.",
        r"h(f) = \frac{W f}{\lVert W f \rVert}, \qquad W \leftarrow W - \eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}",
        f"{HERE}.head:train_head",
        triplet_figures.HeadControl,
        triplet_figures.draw_head,
    ),
    Lesson(
        "rates",
        "False accepts and false rejects",
        "A false accept takes two people for one, a false reject one person for two. A wider gate makes more of the first and fewer of the second; there is no gate without errors. Which is worse depends on what it is for, so the gate is chosen, not learnt. Both rates are measured on your own gallery, with intervals that know that all pairs of a person share that person's pictures.",
        r"\text{FAR} = \frac{\#\{\text{two people within the gate}\}}{\#\{\text{pairs of two people}\}}, \qquad \text{FRR} = \frac{\#\{\text{one person beyond}\}}{\#\{\text{pairs of one person}\}}",
        f"{HERE}.thresholds:measure_gallery",
        figures.RatesControl,
        figures.draw_rates,
    ),
    Lesson(
        "promise",
        "What so few pairs can promise",
        "No false accept in 100 independent pairs does not mean none ever: a true rate of 3% would give none in one such run of twenty. The rule of three says: without an error in n pairs, promise no less than 3 / n. Pairs that share a person are not independent, so ten people with ten pictures are worth far fewer than their 4,500 pairs.",
        r"(1 - r)^n = 0.05 \;\Rightarrow\; r \approx \frac{3}{n}",
        f"{HERE}.thresholds:judge_claim",
        figures.PromiseControl,
        figures.draw_promise,
    ),
    Lesson(
        "living_face",
        "A living face or a picture of one",
        "To the network a photograph of a face is that face. So a task is drawn by lot: blink, or turn. When a head turns, the nose moves sideways between the eyes, since it stands out; on a flat photograph it hardly does, and what moves can be explained by a plane. These are signals, not proof. A film of the person passes all of them.",
        r"\tan(\text{turn}) \approx \frac{x_{\text{nose}} - \bar x_{\text{eyes}}}{\text{depth} \cdot (x_{\text{right}} - x_{\text{left}})}",
        f"{HERE}.liveness:collect_signals",
        safety_figures.SignalControl,
        safety_figures.draw_signal,
    ),
    Lesson(
        "consent",
        "Consent, and why numbers are not anonymous",
        "128 numbers are not a picture, and they are still biometric data: whoever has another picture of the same face finds them again, as the figure shows with two lists that hold no names. A face cannot be changed like a password. So nobody is enrolled without consent, which is recorded and expires; no photograph is kept; whoever is erased is erased from the vectors and from the classifiers made of them. It also works less well for some groups of people than for others (Grother and others, NIST, 2019): check it on those it is meant for.",
        r"\hat{\imath}(f) = \arg\min_j \lVert f - g_j \rVert \quad \text{needs no name}",
        f"{HERE}.consent:make_consent",
        safety_figures.LinkControl,
        safety_figures.draw_links,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "One comparison lets a stranger pass in 1 of 1,000 cases. A door looks every face up among 700 people. How often does a stranger get in?",
        ("In 1 of 1,000 cases.", "In about half of the cases.", "Never, if each person has ten pictures."),
        1,
        "The stranger has 700 chances to be near somebody: 1 − 0.999⁷⁰⁰ is 50%. Looking somebody up needs a far stricter gate than checking one claim.",
    ),
    Question(
        "In a triplet the negative is further than the positive, but by less than the margin. What does it do in training?",
        (
            "Nothing: the order is right already.",
            "It costs a little and pushes the negative on.",
            "It is left out, as the label must be wrong.",
        ),
        1,
        "It is semi-hard: the order is right and the margin is lacking, so the loss is between 0 and the margin. Such triplets teach, and are rarely mistakes.",
    ),
    Question(
        "A gallery shows no false accept among its 60 independent pairs of strangers. Which rate may be promised, 95% sure?",
        ("0%", "At most about 5%", "At most about 0.1%"),
        1,
        "3 divided by 60 is 5%: a system with that rate shows no error in 60 pairs once in twenty times. To promise 0.1% takes about 3,000 independent pairs.",
    ),
)
