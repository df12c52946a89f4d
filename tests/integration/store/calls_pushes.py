"""One call of each function of the store: who gets pushes."""

from __future__ import annotations

from shared.documents.pushes import PushScreen
from shared.store import push_screens, push_tokens
from tests.integration.store.seeded import NOW, Calls, Seeded


def _token(seeded: Seeded) -> str:
    return f"{seeded.world.restaurant_id}:1"


def _person(seeded: Seeded) -> str:
    return f"{seeded.world.restaurant_id}.0"


def _screen(seeded: Seeded) -> PushScreen:
    restaurant_id, location_id = seeded.here
    return PushScreen(
        _id=seeded.device_id,
        restaurant_id=restaurant_id,
        location_id=location_id,
        endpoint="https://push.example/1",
        p256dh="p",
        auth="a",
    )


CALLS: Calls = {
    "push_tokens.put": lambda s: push_tokens.put(
        s.db, _token(s), user_id=_person(s), platform="web", restaurant_id=s.world.restaurant_id, now=NOW
    ),
    "push_tokens.any_of_restaurant": lambda s: push_tokens.any_of_restaurant(s.db, s.world.restaurant_id),
    "push_tokens.of_restaurant": lambda s: push_tokens.of_restaurant(s.db, s.world.restaurant_id),
    "push_tokens.old_of_restaurant": lambda s: push_tokens.old_of_restaurant(s.db, s.world.restaurant_id),
    "push_tokens.forget_old": lambda s: push_tokens.forget_old(s.db, s.world.restaurant_id, ["a:1"]),
    "push_tokens.forget_of_person": lambda s: push_tokens.forget_of_person(s.db, _token(s), _person(s)),
    "push_tokens.leave": lambda s: s.committed(
        lambda session: push_tokens.leave(s.db, _person(s), [s.world.restaurant_id], session)
    ),
    "push_tokens.forget_person": lambda s: s.committed(
        lambda session: push_tokens.forget_person(s.db, f"{s.world.restaurant_id}.1", session)
    ),
    "push_tokens.forget": lambda s: push_tokens.forget(s.db, [push_tokens.token_id(_token(s))]),
    "push_screens.put": lambda s: push_screens.put(s.db, _screen(s), NOW),
    "push_screens.of_device": lambda s: push_screens.of_device(s.db, s.device_id),
    "push_screens.any_of_location": lambda s: push_screens.any_of_location(s.db, *s.here),
    "push_screens.of_location": lambda s: push_screens.of_location(s.db, *s.here),
    "push_screens.forget_endpoints": lambda s: push_screens.forget_endpoints(s.db, [s.device_id], ["x"]),
    "push_screens.forget": lambda s: push_screens.forget(s.db, s.device_id),
}
