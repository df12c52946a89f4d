"""The demo's restaurants, locations, stations, origins, campaign and people.

`open` is always open and takes no payment, `payment` takes payment, `campaign` has an origin with a running campaign;
all three belong to the same owner. The creamery belongs to a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bson import ObjectId

from shared.domain.menu_import import stable_id
from shared.ids import LINK_ALPHABET

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OriginType = Literal["table", "parking", "campaign"]
Hours = tuple[str, str] | None


def demo_id(kind: str, name: str) -> ObjectId:
    """The fixed id of a demo document."""
    return ObjectId(stable_id("orderbuddy-demo", kind, name))


@dataclass(frozen=True, slots=True)
class Campaign:
    """A running discount for those who come by its origin: cents, or percent."""

    name: str
    flat_off_cents: int = 0
    percent_off: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """A code on a table, a parking space or a poster."""

    label: str
    type: OriginType = "table"
    campaign: Campaign | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A screen in the kitchen, and the tags that it cooks."""

    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu's file in this folder, and its slug at the location."""

    file: str
    slug: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place that takes orders. `key` makes its ids; `hours` are one (open, close) a weekday, None for a day off."""

    key: str
    slug: str
    name: str
    address: str
    timezone: str
    email: str
    menus: tuple[Menu, ...]
    stations: tuple[Station, ...]
    origins: tuple[Origin, ...]
    hours: tuple[Hours, ...] = (("00:00", "23:59"),) * 7
    accept_after_minutes: int = 0
    stop_before_minutes: int = 0
    auto_accept: bool = True
    takes_payment: bool = False
    mobile: bool = False
    alert_number: str | None = None

    @property
    def id(self) -> ObjectId:
        """The location's id."""
        return demo_id("location", self.key)

    def station_id(self, station: Station) -> ObjectId:
        """The id of one of its stations."""
        return demo_id("station", f"{self.key}/{station.name}")

    def origin_id(self, origin: Origin) -> ObjectId:
        """The id of one of its origins."""
        return demo_id("origin", f"{self.key}/{origin.label}")

    def origin_code(self, origin: Origin) -> str:
        """The code of one of its origins: fixed, so that a printed one stays good."""
        number, letters = int(str(self.origin_id(origin)), 16), ""
        for _ in range(10):
            number, index = divmod(number, len(LINK_ALPHABET))
            letters += LINK_ALPHABET[index]
        return letters


@dataclass(frozen=True, slots=True)
class Restaurant:
    """A business with its locations."""

    id: str
    name: str
    concept: str
    tagline: str
    website: str
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, with one role in the restaurants that are theirs."""

    key: str
    user_id: str
    email: str
    restaurants: tuple[Restaurant, ...] = field(default=())
    role: str = "owner"


TABLES = tuple(Origin(f"Table {number}") for number in range(1, 9))
COUNTER = Origin("Counter")

CAPITOL_HILL = Location(
    key="cafe/capitol-hill",
    slug="capitol-hill",
    name="Capitol Hill",
    address="1420 Larkspur Way, Seattle, WA 98122",
    timezone="America/Los_Angeles",
    email="capitol-hill@larkspur.example",
    menus=(Menu("cafe.menu.jsonld", "all-day"), Menu("bakehouse.menu.jsonld", "bakery")),
    stations=(Station("Bar", ("bar",)), Station("Kitchen", ("kitchen",)), Station("Bakery", ("bakery",))),
    origins=(
        *TABLES,
        COUNTER,
        Origin("Curbside 1", "parking"),
        Origin("Curbside 2", "parking"),
        Origin("Regulars' card", "campaign", Campaign("Ten percent for regulars", percent_off=10)),
    ),
)
LARKSPUR = Restaurant(
    id="demo-cafe-larkspur",
    name="Larkspur Coffee & Bakehouse",
    concept="Neighborhood coffee, breakfast all day, bread from five in the morning",
    tagline="Good morning, whenever you get here.",
    website="https://larkspur.example",
    locations=(CAPITOL_HILL,),
)

SOUTH_AUSTIN = Location(
    key="taqueria/south-austin",
    slug="south-austin",
    name="South Austin",
    address="2208 Calle Larga, Austin, TX 78704",
    timezone="America/Chicago",
    email="south-austin@mesalarga.example",
    menus=(Menu("taqueria.menu.jsonld", "taqueria"),),
    stations=(
        Station("Grill", ("grill", "trompo")),
        Station("Cold line", ("cold",)),
        Station("Fryer", ("fryer",)),
        Station("Barra", ("bar",)),
    ),
    origins=(*TABLES, Origin("Patio 1"), Origin("Patio 2"), Origin("Pickup space A", "parking")),
    takes_payment=True,
    alert_number="5125550142",
)
EL_PASO_TRUCK = Location(
    key="taqueria/el-paso-truck",
    slug="el-paso-truck",
    name="El Paso truck",
    address="Lot 7, Avenida del Sol, El Paso, TX 79901",
    timezone="America/Denver",
    email="truck@mesalarga.example",
    menus=(Menu("taqueria.menu.jsonld", "taqueria"),),
    stations=(Station("Truck", ("grill", "trompo", "cold", "fryer")), Station("Drinks", ("bar",))),
    origins=(Origin("Window"), Origin("Picnic table 1"), Origin("Picnic table 2"), Origin("Lot space 1", "parking")),
    hours=(
        None,
        ("11:00", "15:00"),
        ("11:00", "15:00"),
        ("11:00", "21:00"),
        ("11:00", "23:00"),
        ("10:00", "23:00"),
        ("10:00", "16:00"),
    ),
    accept_after_minutes=15,
    stop_before_minutes=30,
    auto_accept=False,
    mobile=True,
)
MESA_LARGA = Restaurant(
    id="demo-taqueria-mesa-larga",
    name="Taquería Mesa Larga",
    concept="Corn tortillas pressed to order, meat off the trompo, salsas with a temper",
    tagline="One long table, room for everyone.",
    website="https://mesalarga.example",
    locations=(SOUTH_AUSTIN, EL_PASO_TRUCK),
)

EAST_VILLAGE = Location(
    key="sushi/east-village",
    slug="east-village",
    name="East Village",
    address="86 Kawabe Place, New York, NY 10009",
    timezone="America/New_York",
    email="east-village@kawabe.example",
    menus=(Menu("sushi.menu.jsonld", "dinner"),),
    stations=(Station("Sushi counter", ("sushi",)), Station("Kitchen", ("kitchen",)), Station("Bar", ("bar",))),
    origins=(
        Origin("Autumn poster", "campaign", Campaign("Three dollars for the rain", 300)),
        *(Origin(f"Counter {seat}") for seat in range(1, 7)),
        *TABLES[:6],
    ),
)
KAWABE = Restaurant(
    id="demo-sushi-kawabe",
    name="Sushi Kawabe",
    concept="Edomae sushi and a small hot kitchen",
    tagline="Twelve seats, one knife, the morning's fish.",
    website="https://kawabe.example",
    locations=(EAST_VILLAGE,),
)

ROOSEVELT_ROW = Location(
    key="creamery/roosevelt-row",
    slug="roosevelt-row",
    name="Roosevelt Row",
    address="311 Juniper Street, Phoenix, AZ 85004",
    timezone="America/Phoenix",
    email="hello@juniper.example",
    menus=(Menu("creamery.menu.jsonld", "scoops"),),
    stations=(Station("Counter", ("counter",)),),
    origins=(Origin("Window"), Origin("Bench")),
)
JUNIPER = Restaurant(
    id="demo-creamery-juniper",
    name="Juniper Street Creamery",
    concept="Small-batch ice cream",
    tagline="It is always the weather for it.",
    website="https://juniper.example",
    locations=(ROOSEVELT_ROW,),
)

RESTAURANTS = (LARKSPUR, MESA_LARGA, KAWABE, JUNIPER)
OWNERS = (LARKSPUR, MESA_LARGA, KAWABE)
PEOPLE = (
    Person("owner", "demo-user-owner", "owner@demo.example", OWNERS),
    Person("manager", "demo-user-manager", "manager@demo.example", OWNERS, "manager"),
    Person("service", "demo-user-service", "service@demo.example", OWNERS, "service"),
    Person("kitchen", "demo-user-kitchen", "kitchen@demo.example", OWNERS, "kitchen"),
    Person("stranger", "demo-user-stranger", "stranger@demo.example", (JUNIPER,)),
)
NAMED = {"open": (LARKSPUR, CAPITOL_HILL), "payment": (MESA_LARGA, SOUTH_AUSTIN), "campaign": (KAWABE, EAST_VILLAGE)}


def menu_id(restaurant: Restaurant, location: Location, menu: Menu) -> ObjectId:
    """The id that the importer gives to a demo menu."""
    return ObjectId(stable_id(stable_id(restaurant.id, str(location.id), menu.slug), "menu"))


def ids() -> dict[str, Any]:
    """The ids that scripts need; of each location its first menu, and its first origin (the campaign's has one) with
    its code."""
    result: dict[str, Any] = {
        name: {
            "restaurantId": restaurant.id,
            "locationId": str(location.id),
            "locationSlug": location.slug,
            "menuId": str(menu_id(restaurant, location, location.menus[0])),
            "originId": str(location.origin_id(location.origins[0])),
            "qrCodeId": location.origin_code(location.origins[0]),
            "stationIds": [str(location.station_id(station)) for station in location.stations],
        }
        for name, (restaurant, location) in NAMED.items()
    }
    for person in PEOPLE:
        result[person.key] = {"userId": person.user_id, "email": person.email}
    return result
