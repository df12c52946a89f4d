"""Pictures of menus and logos (contract 40, 57, rules 24.4)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import files as api
from shared.services.files import doors, keeping
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_UPLOAD = "storage/upload/{restaurantId}"
_MENU_EDITORS = staff_of(in_path("restaurantId"), least="manager", anywhere=True)


@endpoint(
    bp,
    "POST",
    "origins/{restaurantId}/{locationId}/logo",
    allow=staff_of(in_path("restaurantId"), least="manager", ignoring=in_path("locationId")),
    errors=keeping.LOGO_REFUSALS,
    largest_body=api.BODY_BYTES,
)
async def upload_logo(call: Call[api.LogoUpload]) -> api.HungLogo:
    """Make a picture the restaurant's logo; the location in the path says nothing (contract 40)."""
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    address = await keeping.logo(call.app, actor, restaurant_id, call.body.file, request_id=call.request_id)
    return api.HungLogo(data=address, message="Logo updated")


@endpoint(
    bp,
    "POST",
    _UPLOAD,
    allow=_MENU_EDITORS,
    status=201,
    errors=keeping.REFUSALS,
    largest_body=api.BODY_BYTES,
)
async def upload(call: Call[api.PictureUpload]) -> api.Picture:
    """Keep a picture for a menu (contract 57).

    It is made anew in a few widths. The address in the answer ends in `-WIDTH.jpg`, or `.png` where it is transparent;
    the same picture lies beside it as `.webp`, and each in the widths 320, 640 and 1280 that are smaller.
    """
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    name = await keeping.picture(
        call.app, actor, restaurant_id, call.body.folder, call.body.file, request_id=call.request_id
    )
    return api.Picture(image_url=call.app.files.address(name))


@endpoint(bp, "POST", _UPLOAD + "/begin", allow=_MENU_EDITORS, errors=doors.BEGIN_REFUSALS, leaves="nothing")
async def begin_upload(call: Call[api.UploadBegin]) -> Data[api.UploadDoor]:
    """Say where a picture may be sent to, past this API; within ten minutes, and once."""
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    return Data(data=await doors.begin(call.app, actor, restaurant_id, call.body.folder))


@endpoint(bp, "POST", _UPLOAD + "/finish", allow=_MENU_EDITORS, status=201, errors=doors.FINISH_REFUSALS)
async def finish_upload(call: Call[api.UploadFinish]) -> api.Picture:
    """Make a picture of what was sent there; only now there is one. Asked again, it answers the same."""
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    address = await doors.finish(call.app, actor, restaurant_id, call.body.upload_id, request_id=call.request_id)
    return api.Picture(image_url=address)
