"""One's own data as JSON: everything that is kept about a person, and what it was agreed that it is kept for.

The right to a copy in a common format (GDPR, articles 15 and 20, https://eur-lex.europa.eu/eli/reg/2016/679/oj).

Left out: reading such a file back; who wants to be known elsewhere enrols there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.vision.face_recognition.consent import show_time
from core.vision.face_recognition.people import Person


def export_people(people: Sequence[Person]) -> bytes:
    """Write people as UTF-8 JSON: name, consent with its text, and every number of every picture.

    Examples
    --------
    >>> export_people(())
    b'{"people": []}'
    """
    return json.dumps({"people": [_describe(person) for person in people]}, ensure_ascii=False).encode()


def _describe(person: Person) -> dict[str, object]:
    """Put all that is kept about a person into plain values."""
    consent = person.consent
    return {
        "name": person.name,
        "key": person.key,
        "consent": {
            "given_by": consent.given_by,
            "given": show_time(consent.given),
            "expires": show_time(consent.expires),
            "text_version": consent.version,
            "text": consent.text,
        },
        "vectors": person.vectors.tolist(),
    }
