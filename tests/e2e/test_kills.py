"""kill -9 of one part, or of everything, while diners order: nothing answered is lost, nothing is doubled.

And of the host while somebody becomes one of a restaurant's people.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pymongo
import pytest

from tests.e2e.kill_loops import loop
from tests.engine_faults import ENGINE_FAULTS
from tests.patience import PATIENCE_SECONDS, eventually
from tests.seeds import told_seed
from tests.stack import Stack

ROUNDS = 1
"""`make test-long` runs a hundred."""
DINERS = 32


@pytest.fixture(scope="module")
def seed() -> int:
    return told_seed()


@pytest.fixture(scope="module")
def faulty_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose engine does what the real one does to a program."""
    with Stack(tmp_path_factory.mktemp("faulty"), environment=ENGINE_FAULTS) as running:
        yield running


@pytest.mark.parametrize(
    "target",
    ["host", "everything", *(pytest.param(target, marks=pytest.mark.long) for target in ("durable", "mongod"))],
)
async def test_nothing_is_lost_or_doubled_by_kill_9_of(stack: Stack, seed: int, target: str) -> None:
    await loop(stack, target, range(ROUNDS), seed, diners=DINERS)


@pytest.mark.long
@pytest.mark.parametrize("target", ["durable", "everything"])
async def test_nor_with_an_engine_that_is_early_and_loses_what_it_heard(
    faulty_stack: Stack, seed: int, target: str
) -> None:
    await loop(faulty_stack, target, range(1), seed, diners=DINERS)


async def _take(stack: Stack, http: httpx.AsyncClient, person: str, token: str) -> int:
    """Take an invitation; the status, 0 where nobody answers."""
    headers = {"authorization": f"Bearer {person}"}
    try:
        answer = await http.post(f"{stack.api_url}/people/invitations/take", json={"token": token}, headers=headers)
    except httpx.HTTPError:
        return 0
    return answer.status_code


@pytest.mark.parametrize(
    "held",
    [True, pytest.param(False, marks=pytest.mark.long)],
    ids=["before its last write", "at any moment"],
)
async def test_an_invitation_in_the_middle_of_a_kill_9_makes_nobody_an_owner_and_is_taken_afterwards(
    stack: Stack, seed: int, held: bool
) -> None:
    restaurant_id = stack.demo["open"]["restaurantId"]
    here = {"role": "kitchen", "locationIds": [stack.demo["open"]["locationId"]]}
    address = f"new-{secrets.token_hex(4)}@example.com"
    person = stack.token(address)
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http,
        pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client,
    ):
        db = client[stack.db_name]
        made = await http.post(
            f"{stack.api_url}/restaurant/{restaurant_id}/people/invitations",
            json={"address": address, **here},
            headers={"authorization": f"Bearer {stack.token()}"},
        )
        invitation = made.raise_for_status().json()["data"]

        async def belongs() -> tuple[list[str], list[dict[str, Any]]]:
            user = await db.users.find_one({"email": address})
            assert user is not None
            return user.get("restaurants") or [], user.get("memberships") or []

        async def is_being_taken() -> bool:
            running = await client.admin.aggregate(
                [{"$currentOp": {"idleSessions": True}}, {"$match": {"transaction": {"$exists": True}}}]
            )
            # The test's own is one.
            return len(await running.to_list()) > 1

        async with client.start_session() as session:
            if held:
                # The person is written before the invitation: that write is in vain as long as this one stands.
                await session.start_transaction()
                await db.invitations.update_one({"address": address}, {"$set": {"held": True}}, session=session)
            taking = asyncio.create_task(_take(stack, http, person, invitation["token"]))
            if held:
                await eventually(is_being_taken, "nobody takes the invitation", every=0.002)
            else:
                await asyncio.sleep(random.Random(f"{seed}:invitation").uniform(0, 0.05))
            await asyncio.to_thread(stack.kill, "host")
            said = await taking
            if held:
                await session.abort_transaction()
        # A restaurant without a membership is an owner's: both are there, or neither.
        restaurants, memberships = await belongs()
        assert (said == 200) <= bool(memberships)
        assert restaurants == [one["restaurantId"] for one in memberships]
        assert not (held and memberships)
        await asyncio.to_thread(stack.start, "host")

        async def is_taken() -> bool:
            return await _take(stack, http, person, invitation["token"]) == 200

        await eventually(is_taken, "it cannot be taken any more")
        assert await belongs() == ([restaurant_id], [{"restaurantId": restaurant_id, **here}])
        taken = {"action": "invitation.taken", "target.id": invitation["invitationId"]}
        assert await db.trail.count_documents(taken) == 1
