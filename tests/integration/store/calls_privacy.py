"""One call of each function of the store: what was erased."""

from __future__ import annotations

from shared.documents.erasures import Erasure
from shared.store import erasures
from tests.integration.store.seeded import NOW, Calls

CALLS: Calls = {
    "erasures.unfinished": lambda s: erasures.unfinished(s.db, ["digest"], ""),
    "erasures.begin": lambda s: erasures.begin(s.db, Erasure(id="run", digests=["digest"], at=NOW)),
    "erasures.end": lambda s: erasures.end(s.db, "run", NOW, orders=1, previews=1, restaurants=1),
    "erasures.of_person": lambda s: erasures.of_person(s.db, ["digest", "other"]),
    "erasures.newest": lambda s: erasures.newest(s.db),
}
