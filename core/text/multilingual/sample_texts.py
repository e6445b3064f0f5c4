"""Texts to try: one in each of twelve languages, and two sentences that say the same in eleven.

Written for this hub, so they are in no training set.

Left out: texts with labels (``data``).
"""

from __future__ import annotations

from collections.abc import Mapping

SAMPLES: Mapping[str, str] = {
    "en": "The staff were kind, but the room was dirty and far too loud.",
    "es": "¡Me encanta este sitio, la comida es maravillosa!",
    "fr": "Le film était long et ennuyeux, je suis très déçu.",
    "de": "Das Konzert war großartig, ich bin immer noch begeistert!",
    "pt": "O ônibus atrasou de novo, que serviço péssimo.",
    "it": "Domani il negozio apre alle nove.",
    "zh": "房间很干净，服务员也很热情，下次还会来。",  # noqa: RUF001 - Chinese commas
    "ar": "الخدمة سيئة جدا ولن أعود إلى هذا المكان أبدا",
    "hi": "यह फिल्म बहुत अच्छी थी, मुझे बहुत मज़ा आया।",
    "ca": "M'ha agradat molt aquest llibre, el recomano a tothom.",
    "gl": "O hotel estaba sucio e o persoal foi moi desagradable.",
    "ru": "Фильм оказался скучным, и мы ушли раньше.",
}
"""By language; the last one is of a language that the network was not made for."""

PARALLEL: Mapping[str, Mapping[str, str]] = {
    "glad": {
        "en": "The food was good and the people were friendly.",
        "es": "La comida estaba buena y la gente era amable.",
        "fr": "La nourriture était bonne et les gens étaient sympathiques.",
        "de": "Das Essen war gut und die Leute waren freundlich.",
        "pt": "A comida estava boa e as pessoas eram simpáticas.",
        "it": "Il cibo era buono e la gente era cordiale.",
        "zh": "菜很好吃，人也很友好。",  # noqa: RUF001 - a Chinese comma
        "ar": "كان الطعام جيدا وكان الناس ودودين.",
        "hi": "खाना अच्छा था और लोग मिलनसार थे।",
        "ca": "El menjar era bo i la gent era amable.",
        "gl": "A comida estaba boa e a xente era amable.",
    },
    "cross": {
        "en": "The food was bad and we waited two hours.",
        "es": "La comida estaba mala y esperamos dos horas.",
        "fr": "La nourriture était mauvaise et nous avons attendu deux heures.",
        "de": "Das Essen war schlecht und wir haben zwei Stunden gewartet.",
        "pt": "A comida estava ruim e esperamos duas horas.",
        "it": "Il cibo era cattivo e abbiamo aspettato due ore.",
        "zh": "菜很难吃，我们等了两个小时。",  # noqa: RUF001 - a Chinese comma
        "ar": "كان الطعام سيئا وانتظرنا ساعتين.",
        "hi": "खाना खराब था और हमने दो घंटे इंतज़ार किया।",
        "ca": "El menjar era dolent i vam esperar dues hores.",
        "gl": "A comida estaba mala e agardamos dúas horas.",
    },
}
"""A glad and a cross sentence, each in eleven languages."""
