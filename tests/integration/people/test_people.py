"""The people of a restaurant: who may invite, change and remove whom, and that an owner always stays (rules 11)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.memory.kept import Kept
from shared.memory.slots import Memory
from shared.services.staff import leaving, signing_in
from shared.services.trail import writing
from shared.store import users
from tests.integration.core import Core
from tests.integration.people.house import Headers, House


@pytest.fixture
async def house(app: App, core: Core) -> House:
    return await House.opened(app, core)


@pytest.fixture
async def owner(house: House) -> Headers:
    return await house.person("olga", "owner")


async def test_an_owner_invites_somebody_who_takes_it_and_is_one_of_the_people(house: House, owner: Headers) -> None:
    ana = await house.stranger("ana")
    here = str(house.world.location_id)
    status, invited = await house.people(
        "invite", owner, {"address": "Ana@Example.com", "role": "service", "locationIds": [here]}
    )
    assert status == 201
    assert invited["data"]["link"].endswith("#invitation=" + invited["data"]["token"])
    listed = (await house.people("of_restaurant", owner))[1]["data"]
    assert [one["address"] for one in listed["invitations"]] == ["ana@example.com"]
    assert "token" not in str(listed)
    joined = {"restaurantId": house.restaurant_id, "role": "service", "locationIds": [here]}
    assert await house.take(ana, invited["data"]["token"]) == (200, joined)
    # A lost answer: the same person hears the same again, and nobody else anything.
    assert await house.take(ana, invited["data"]["token"]) == (200, joined)
    assert await house.take(owner, invited["data"]["token"]) == (409, "INVITATION_OF_ANOTHER")
    assert await house.stored("ana") == ([house.restaurant_id], [("service", [here])])
    listed = (await house.people("of_restaurant", owner))[1]["data"]
    assert listed["invitations"] == []
    assert [(one["personId"], one["role"], one["isYou"]) for one in listed["people"]] == [
        ("olga", "owner", True),
        ("ana", "service", False),
    ]
    assert listed["people"][1]["email"] == "ana@example.com"
    assert await house.people("of_restaurant", ana) == (403, "FORBIDDEN")
    assert await house.trail() == ["invitation.made", "invitation.taken"]


async def test_an_invitation_is_kept_as_a_hash(house: House, owner: Headers) -> None:
    token = await house.invited(owner, "ana@example.com", "kitchen")
    assert token not in str(await house.app.db.invitations.find_one())


async def test_an_invitation_that_holds_no_more_is_answered_like_none(
    house: House, owner: Headers, clock: FixedClock
) -> None:
    ana = await house.stranger("ana")
    gone = (404, "INVITATION_NOT_FOUND")
    assert await house.take(ana, "nothing") == gone
    revoked = await house.invited(owner, "ana@example.com", "kitchen")
    listed = (await house.people("of_restaurant", owner))[1]["data"]["invitations"]
    for expected in ((200, {"data": True}), gone):
        invitation_id = listed[0]["invitationId"]
        assert await house.people("revoke_invitation", owner, invitationId=invitation_id) == expected
    assert await house.take(ana, revoked) == gone
    late = await house.invited(owner, "ana@example.com", "kitchen")
    clock.advance(hours=24)
    assert await house.take(ana, late) == gone
    assert await house.stored("ana") == ([], [])


async def test_only_an_address_that_proved_to_be_one_s_own_takes_an_invitation(house: House, owner: Headers) -> None:
    eve, phil = [await house.stranger(name) for name in ("eve", "phil")]
    await house.app.db.users.update_one({"userId": "eve"}, {"$set": {"email": "ana@example.com"}})
    token = await house.invited(owner, "ana@example.com", "manager")
    assert await house.take(eve, token) == (409, "INVITATION_OF_ANOTHER")
    house.core.switch("users", id="phil", phoneNumber="+15550100200", replace=True)
    phil = house.core.session("phil").bearer
    token = await house.invited(owner, "+15550100200", "manager")
    assert (await house.take(phil, token))[0] == 200


@pytest.mark.parametrize("what", ["removed", "demoted", "kept to one location"])
async def test_an_invitation_dies_with_its_maker_s_right(house: House, owner: Headers, what: str) -> None:
    ana = await house.stranger("ana")
    otto = await house.person("otto", "owner")
    token = await house.invited(owner, "ana@example.com", "owner")
    if what == "removed":
        done = await house.people("remove", otto, personId="olga")
    else:
        locations = [str(house.world.location_id)]
        change = {"role": "manager"} if what == "demoted" else {"locationIds": locations}
        done = await house.people("change", otto, change, personId="olga")
    assert done[0] == 200
    assert await house.take(ana, token) == (404, "INVITATION_NOT_FOUND")
    assert await house.stored("ana") == ([], [])


HERE, THERE = "6b0c4bfcd11e9fe1006aa5ba", "6b0c4bfcd11e9fe1006aa5bb"


@pytest.mark.parametrize(
    ("before", "offered", "after"),
    [
        (("owner", None), ("kitchen", None), ("owner", None)),
        (("manager", [HERE]), ("kitchen", None), ("manager", [HERE])),
        (("kitchen", None), ("manager", [HERE]), ("manager", [HERE])),
        (("service", [HERE]), ("service", [THERE]), ("service", [HERE, THERE])),
        (("service", None), ("service", [THERE]), ("service", None)),
        (("service", [HERE]), ("service", None), ("service", None)),
    ],
)
async def test_nobody_becomes_less_by_an_invitation(house: House, owner: Headers, before, offered, after) -> None:
    await house.app.db.locations.insert_many(
        [{"_id": ObjectId(each), "restaurantId": house.restaurant_id} for each in (HERE, THERE)]
    )
    ana = await house.person("ana", *before)
    token = await house.invited(owner, "ana@example.com", *offered)
    assert (await house.take(ana, token))[0] == 200
    assert await house.stored("ana") == ([house.restaurant_id], [after])


async def test_an_invitation_that_is_killed_half_way_makes_nobody_anything(
    house: House, owner: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.stranger("ana")
    token = await house.invited(owner, "ana@example.com", "kitchen")
    for module, step in ((users, "put_membership"), (writing.trail, "append")):
        done = getattr(module, step)

        async def killed(*arguments: object, done=done, **more: object) -> None:
            await done(*arguments, **more)
            raise RuntimeError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(module, step, killed)
            assert (await house.take(ana, token))[0] == 500
        assert await house.stored("ana") == ([], [])
    assert (await house.take(ana, token))[0] == 200
    assert await house.stored("ana") == ([house.restaurant_id], [("kitchen", None)])


async def test_locations_of_another_restaurant_are_named_whether_they_exist_or_not(
    house: House, owner: Headers
) -> None:
    other = await House.opened(house.app, house.core)
    for foreign in (str(other.world.location_id), str(ObjectId()), "nowhere"):
        wanted = [str(house.world.location_id), foreign]
        body = {"address": "ana@example.com", "role": "kitchen", "locationIds": wanted}
        assert await house.people("invite", owner, body) == (400, "INVALID_REQUEST")
        assert await house.people("change", owner, {"locationIds": wanted}, personId="olga") == (400, "INVALID_REQUEST")


async def test_the_last_owner_is_neither_removed_nor_made_less(house: House, owner: Headers) -> None:
    await house.person("otto", "owner", [str(house.world.location_id)])
    for change in ({"role": "manager"}, {"locationIds": [str(house.world.location_id)]}):
        assert await house.people("change", owner, change, personId="olga") == (409, "LAST_OWNER")
    assert await house.people("remove", owner, personId="olga") == (409, "LAST_OWNER")
    assert await house.call("people_delete_user", owner, {"userId": "olga"}) == (409, "LAST_OWNER")
    status, otto = await house.people("change", owner, {"locationIds": None}, personId="otto")
    assert (status, otto["data"]["role"], otto["data"]["locationIds"]) == (200, "owner", None)
    assert await house.people("remove", owner, personId="olga") == (200, {"data": True})
    assert await house.trail() == ["person.changed", "person.removed"]


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(house: House) -> None:
    second = replace(house.app, memory=Memory())
    for turn in range(50):
        names = [f"a{turn}", f"b{turn}"]
        first, other = [await house.person(name, "owner") for name in names]
        await house.app.db.users.delete_many({"userId": {"$nin": names}})
        ends = await asyncio.gather(
            house.people("remove", first, personId=names[1]),
            house.people("remove", other, personId=names[0], app=second),
        )
        assert sorted(status for status, _ in ends) == [200, 403], ends
        left = await users.of_restaurant(house.app.db, house.restaurant_id)
        assert len(left) == 1 and users.memberships(left[0])[house.restaurant_id].role == "owner"


async def test_of_two_owners_who_leave_at_once_one_stays(house: House) -> None:
    for turn in range(5):
        names = [f"a{turn}", f"b{turn}"]
        pair = [await house.person(name, "owner") for name in names]
        await house.app.db.users.delete_many({"userId": {"$nin": names}})
        ends = await asyncio.gather(
            *(house.people("remove", one, personId=name) for one, name in zip(pair, names, strict=True))
        )
        assert sorted(ends, key=lambda end: end[0]) == [(200, {"data": True}), (409, "LAST_OWNER")]


async def test_nobody_else_s_people_are_found(house: House, owner: Headers) -> None:
    other = await House.opened(house.app, house.core)
    await other.person("foreign", "kitchen")
    for person in ("foreign", "nobody"):
        assert await house.people("change", owner, {"role": "owner"}, personId=person) == (404, "PERSON_NOT_FOUND")
        assert await house.people("remove", owner, personId=person) == (404, "PERSON_NOT_FOUND")


async def test_whoever_was_removed_is_out_at_once_here_and_within_five_seconds_elsewhere(
    house: House, owner: Headers
) -> None:
    otto = await house.person("otto", "owner")
    seconds = [0.0]
    elsewhere = replace(house.app, memory=Memory())
    elsewhere.memory._made[signing_in.PEOPLE] = Kept(signing_in.FRESH_SECONDS, most=9, clock=lambda: seconds[0])
    assert (await house.people("of_restaurant", otto))[0] == 200
    assert (await house.people("of_restaurant", otto, app=elsewhere))[0] == 200
    assert (await house.people("remove", owner, personId="otto"))[0] == 200
    assert (await house.people("of_restaurant", otto))[0] == 403
    seconds[0] = 5.0
    assert (await house.people("of_restaurant", otto, app=elsewhere))[0] == 403


@pytest.mark.parametrize("end", ["remove", "delete_user", "change"])
async def test_whoever_was_removed_or_made_less_does_not_come_back_by_a_second_invitation(
    house: House, owner: Headers, end: str
) -> None:
    name, address = f"rita-{end}", f"rita-{end}@example.com"
    rita = await house.stranger(name, address)
    first, second = [await house.invited(owner, address, "manager") for _ in range(2)]
    others = await house.invited(owner, f"leo-{end}@example.com", "kitchen")
    assert (await house.take(rita, first))[0] == 200
    if end == "remove":
        assert (await house.people("remove", owner, personId=name))[0] == 200
    elif end == "change":
        assert (await house.people("change", owner, {"role": "kitchen"}, personId=name))[0] == 200
    else:
        assert (await house.call("people_delete_user", owner, {"userId": name}))[0] == 200
        rita = await house.stranger(f"{name}-again", address)
    assert await house.take(rita, second) == (404, "INVITATION_NOT_FOUND")
    assert (await house.trail())[-1] == "invitation.revoked"
    assert (await house.take(await house.stranger(f"leo-{end}"), others))[0] == 200
    # What an owner offers afterwards holds.
    again = await house.invited(owner, address, "service")
    assert (await house.take(rita, again))[0] == 200


async def test_a_new_owner_s_restaurant_is_read_at_once_and_six_are_too_many_for_a_day(
    house: House, clock: FixedClock
) -> None:
    clock.moment = clock.moment.replace(hour=12)
    ana = await house.stranger("0c7d1d9e-5b3f")
    me = {"userId": "0c7d1d9e-5b3f"}
    assert await house.call("people_my_restaurants", ana, **me) == (200, {"data": []})
    made = []
    for _ in range(5):
        status, answer = await house.call("people_create_restaurant", ana, **me)
        assert status == 201
        made.append(answer["data"]["restaurant"]["_id"])
        assert made[-1].startswith("store-0c7d1d9e-")
    assert await house.call("people_create_restaurant", ana, **me) == (429, "TOO_MANY_RESTAURANTS")
    clock.advance(days=1)
    assert (await house.call("people_create_restaurant", ana, **me))[0] == 201
    await house.app.db.restaurants.delete_one({"_id": made[0]})
    status, answer = await house.call("people_my_restaurants", ana, **me)
    assert [one["_id"] for one in answer["data"]][:4] == made[1:]
    new = {"_id": made[1], "name": "New Restaurant", "concept": "Default Concept", "logo": "", "role": "owner"}
    assert answer["data"][0] == new
    restaurants, memberships = await house.stored("0c7d1d9e-5b3f")
    assert set(made) < set(restaurants) and memberships == [("owner", None)] * 6
    assert (await house.call("people_of_restaurant", ana, restaurantId=made[1]))[0] == 200
    rows = await house.app.db.trail.find({"restaurantId": made[1]}).to_list(9)
    assert [row["action"] for row in rows] == ["restaurant.created"]
    for other in ("olga", "nobody"):
        assert await house.call("people_my_restaurants", ana, userId=other) == (403, "FORBIDDEN")
        assert await house.call("people_create_restaurant", ana, userId=other) == (403, "FORBIDDEN")


async def test_an_id_that_is_taken_is_not_the_new_restaurant_s(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await house.stranger("ana")
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("shared.services.staff.restaurants.secrets.randbelow", lambda _: next(drawn))
    ids = [
        (await house.call("people_create_restaurant", ana, userId="ana"))[1]["data"]["restaurant"]["_id"] for _ in "ab"
    ]
    assert ids == ["store-ana-1007", "store-ana-1008"]
    assert (await house.stored("ana"))[0] == ids


async def test_one_s_own_account_goes_with_all_its_memberships(house: House, owner: Headers) -> None:
    await house.person("otto", "owner")
    await house.app.db.users.update_one(
        {"userId": "olga"},
        {"$push": {"restaurants": "nothing-is-stored", "memberships": {"restaurantId": "x", "role": "chef"}}},
    )
    assert await house.call("people_delete_user", owner, {"userId": "olga"}) == (200, b"User deleted")
    assert await house.app.db.users.find_one({"userId": "olga"}) is None
    assert await house.app.identity.account("olga") is None
    # Her session is good for some minutes still, and makes nothing any more.
    assert await house.call("people_create_restaurant", owner, userId="olga") == (403, "FORBIDDEN")
    assert await house.call("people_my_restaurants", owner, userId="olga") == (200, {"data": []})
    assert await house.app.db.users.find_one({"userId": "olga"}) is None
    assert await house.trail() == ["person.removed"]


async def test_an_account_that_the_sign_in_service_did_not_delete_goes_a_little_later(
    house: House, owner: Headers
) -> None:
    await house.person("leo", "kitchen")
    house.core.switch("fault", mode="error", status=500, times=9, match="/user/remove")
    try:
        assert (await house.call("people_delete_user", owner, {"userId": "leo"}))[0] == 200
    finally:
        house.core.switch("fault", mode="ok", match="/user/remove")
    assert await house.stored("leo") == ([], [])
    assert await house.app.identity.account("leo") is not None
    assert await leaving.finish(house.app) == 1
    assert await house.app.identity.account("leo") is None
    assert await leaving.finish(house.app) == 0
    assert await house.app.db.users.find_one({"userId": "leo"}) is None


async def test_an_owner_ends_what_somebody_does_in_his_restaurants_and_the_account_where_that_was_all(
    house: House, owner: Headers
) -> None:
    other = await House.opened(house.app, house.core)
    await house.person("ana", "kitchen")
    await house.person("leo", "kitchen")
    rows = {"restaurantId": other.restaurant_id, "role": "service", "locationIds": None}
    await house.app.db.users.update_one(
        {"userId": "ana"}, {"$push": {"restaurants": other.restaurant_id, "memberships": rows}}
    )
    for name in ("ana", "leo"):
        assert await house.call("people_delete_user", owner, {"userId": name}) == (200, b"User deleted")
    assert await house.stored("ana") == ([other.restaurant_id], [("service", None)])
    assert await house.app.db.users.find_one({"userId": "leo"}) is None
    manager = await house.person("max", "manager")
    for who, target in ((owner, "ana"), (owner, "nobody"), (manager, "olga")):
        assert await house.call("people_delete_user", who, {"userId": target}) == (403, "FORBIDDEN")


async def test_five_hundred_people_are_enough(house: House, owner: Headers) -> None:
    member = {"role": "kitchen", "restaurantId": house.restaurant_id, "locationIds": None}
    await house.app.db.users.insert_many(
        [{"userId": f"p{n}", "restaurants": [house.restaurant_id], "memberships": [member]} for n in range(498)]
    )
    body = {"address": "a@example.com", "role": "kitchen", "locationIds": None}
    assert (await house.people("invite", owner, body))[0] == 201
    assert await house.people("invite", owner, body) == (409, "TOO_MANY_PEOPLE")
    house.app.clock.advance(seconds=timedelta(hours=24).total_seconds())  # type: ignore[attr-defined]
    assert (await house.people("invite", owner, body))[0] == 201
