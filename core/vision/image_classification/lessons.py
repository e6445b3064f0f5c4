"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``, ``answer_figures``, ``transfer_lesson``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.vision.image_classification import answer_figures, figures
from core.vision.image_classification.transfer_lesson import TRANSFER_LESSONS

HERE = "core.vision.image_classification"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "picture",
        "A picture as numbers",
        "To a network a picture is a table of numbers: 0 is black, 255 white, a coloured one has three tables. These garments have 28 rows of 28, which is 784 numbers. Fewer pixels still show the outline, until at some point nothing is left to tell a shirt from a coat.",
        r"x \in \{0, \dots, 255\}^{h \times w \times c}, \qquad \text{given to the network as } x / 255",
        f"{HERE}.figures:picture_chart",
        figures.PictureControl,
        figures.draw_picture,
    ),
    Lesson(
        "convolution",
        "Convolution",
        "A filter is a small table of weights, here 3 by 3. It is laid on every place of the picture; there each weight is multiplied by the pixel under it, and the products are added up. Where the picture looks like the filter the sum is large. Nine weights so serve all 784 places, and an edge is found wherever it lies. The figure shows a picture, a filter that this network has learnt, and its answers.",
        r"(x * k)_{ij} = \sum_{u=-1}^{1} \sum_{v=-1}^{1} k_{uv} \, x_{i+u,\, j+v}",
        f"{HERE}.figures:convolve",
        figures.ConvolutionControl,
        figures.draw_convolution,
    ),
    Lesson(
        "pooling",
        "Max-pooling",
        "Pooling keeps the largest of each 2 by 2 answers. A quarter of the numbers is left, the next layer sees twice as far, and it matters less where exactly something was found. Move the picture by a pixel or two: the pooled map agrees with the old one better than the map itself does.",
        r"p_{ij} = \max\,(x_{2i,2j},\; x_{2i,2j+1},\; x_{2i+1,2j},\; x_{2i+1,2j+1})",
        f"{HERE}.figures:pool_largest",
        figures.PoolingControl,
        figures.draw_pooling,
    ),
    Lesson(
        "dense",
        "Flatten and dense",
        "Behind the last pooling 64 maps of 3 by 3 are left. Flattened, they are a row of 576 numbers: the embedding, what the network knows of the picture. The dense layer multiplies them by 576 weights for each class and adds up; the class with the largest sum, the logit, is the answer. The figure shows how much each of the nine places adds.",
        r"z_c = b_c + \sum_{i} \sum_{j} \sum_{k} W_{ijk,\,c} \, a_{ijk}",
        f"{HERE}.model:Head",
        figures.DenseControl,
        figures.draw_dense,
    ),
    Lesson(
        "normalisation",
        "Batch normalisation",
        "A layer learns badly while what it receives keeps changing its size. So the answers of each filter are brought to mean 0 and spread 1 over the batch, and then to a scale and a shift that are learnt. Make the whole batch darker or brighter: before normalising the spread follows, afterwards it stays. Once training is over the averages are fixed, and all of it is folded into the filter's own weights.",
        r"y = \gamma \, \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} + \beta",
        f"{HERE}.figures:normalise_batch",
        figures.NormalisationControl,
        figures.draw_normalisation,
    ),
    Lesson(
        "augmentation",
        "Augmentation",
        "A coat stays a coat when it is mirrored, moved by two pixels, or partly hidden. So every epoch shows each picture a little changed, and the network cannot learn it by heart. A change must leave the class as it is: turned upside down, a 6 is a 9. The lower row is what the network would be shown in the chosen epoch.",
        r"\min_\theta \; \mathbb{E}_{(x, y)} \, \mathbb{E}_{t \sim T} \; \ell\big(f_\theta(t(x)), y\big)",
        f"{HERE}.augmentation:augment",
        answer_figures.AugmentationControl,
        answer_figures.draw_augmentation,
    ),
    Lesson(
        "learning_rate",
        "Loss and learning rate",
        "The loss is minus the logarithm of the probability given to the true class: 2.30 for guessing among ten. Each step changes the weights against its slope, by as much as the learning rate says. Too short, and nothing is learnt in time; too long, and it jumps over the bottom. The figure learns this network's last layer anew. Training the whole of it raises the rate over the first fifth of the steps and then lowers it to nothing.",
        r"\ell = -\log p_y, \qquad W \leftarrow W - \eta \, \frac{1}{n} X^\top (P - Y)",
        f"{HERE}.answer_figures:learn_head",
        answer_figures.RateControl,
        answer_figures.draw_rate,
    ),
    *TRANSFER_LESSONS,
    Lesson(
        "temperature",
        "Softmax and temperature",
        "Softmax turns logits into shares that add up to 1. Divided by a temperature first, they become flatter or sharper; the order, and so the answer, never changes. The temperature is fitted on pictures that the network did not learn from, so that of answers given with 80% some 80% are right.",
        r"p_c = \frac{e^{z_c / T}}{\sum_k e^{z_k / T}}",
        f"{HERE}.baselines:to_shares",
        answer_figures.TemperatureControl,
        answer_figures.draw_temperature,
    ),
    Lesson(
        "unknown",
        "I don't know",
        "Softmax must share out 100% among ten garments, even for a letter. So two things are asked besides: how loudly any class answers at all, and how far the embedding lies from the nearest class, measured in that class's own spread. Their sum is ranked among known pictures that were kept aside. The limit is set so that, with 95% confidence, at most one known picture in twenty is refused as well.",
        r"s(x) = \alpha \, \min_c \lVert \Sigma^{-1/2}(a - \mu_c) \rVert - \log \sum_c e^{z_c}, \qquad p = \frac{1 + \#\{i : s_i \ge s(x)\}}{m + 1}",
        f"{HERE}.unknown:fit_unknown",
        answer_figures.UnknownControl,
        answer_figures.draw_unknown,
    ),
    Lesson(
        "grad_cam",
        "Grad-CAM",
        "Why a coat? Each of the last maps raises the logit of a class or lowers it; the slope says by how much. The maps, weighted by their mean slopes and added up, show which places spoke for the class. It shows where the network looked, not why, and a coarse map cannot show a fine thing. That it is faithful is measured: rubbing out what it shows must cost more answers than rubbing out places at random.",
        r"\alpha_k^c = \frac{1}{h w} \sum_{i,j} \frac{\partial z_c}{\partial A^k_{ij}}, \qquad L^c = \max\Big(0, \sum_k \alpha_k^c A^k\Big)",
        f"{HERE}.grad_cam:find_map_weights",
        answer_figures.CamControl,
        answer_figures.draw_cam,
    ),
    Lesson(
        "photo",
        "From your photo to 28 by 28",
        "The network knows garments that are light on black, upright, and fill the picture: it was shown nothing else. Your photo has a ground, a shadow and an angle. So its ground is found from the border inwards and made black, the light on it divided out, the garment set upright, cropped and made small. Given the photo as it is, the network would hardly do better than guess.",
        r"x' = 255 \, \frac{L - I}{L}, \qquad L \text{ the light on the ground, continued under the garment}",
        f"{HERE}.photo_parts:spread_light",
        answer_figures.PhotoControl,
        answer_figures.draw_photo,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A garment is moved by one pixel. Which numbers change least?",
        ("The pixels.", "The answers of the first filters.", "The maps behind the last pooling."),
        2,
        "Filters answer wherever they find what they look for, so their answers move along with the garment. Each pooling forgets where exactly in its window that was; after three of them one pixel is an eighth of a place.",
    ),
    Question(
        "The network gives a picture of the letter H 97% for trouser. What does that mean?",
        (
            "It has seen letters in training.",
            "Only that trouser is likelier than the other nine.",
            "The temperature is wrong.",
        ),
        1,
        "Softmax shares 100% among the classes it has. Whether the picture is one of them at all is another question, which is asked of how loudly the classes answer and of how usual the embedding is.",
    ),
    Question(
        "Training accuracy is 99%, test accuracy 90%. What is likely to help?",
        ("A higher temperature.", "More augmentation.", "Leaving out the pooling."),
        1,
        "The network has learnt its pictures by heart. Augmentation shows each a little changed every time. Temperature changes no answer, and without pooling there would be more weights to learn by heart with.",
    ),
)
