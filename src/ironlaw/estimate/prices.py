"""The price of a device: what the caller says, or the registry's offer of that device."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.registry import UnknownEntity

from .amounts import amount, not_both
from .names import named
from .result import Given, datum

if TYPE_CHECKING:
    from ironlaw.registry import Entity

_OF = "price of "  # alias of a price: "price of h100-sxm", or "price of h100-sxm, AWS p5" of one that is not the usual


class Price(NamedTuple):
    """USD a second and device, None where nobody knows it; what it rests on; what to say about it."""

    rate: float | None
    givens: tuple[Given, ...] = ()
    note: str = ""


def device_price(device: Entity, offer: str | None = None, rate: float | str | None = None) -> Price:
    """The price of a device: `rate` ("$2.50/h"; with its unit), `offer`, or the registry's usual offer.

    Raises InputError for a rate or offer without sense, or both together; UnknownEntity for another name.
    """
    if rate is not None:
        not_both("rate", rate, offer=offer)
        asked = amount(rate, "usd_per_hour", "rate", "price of a device", open_=True)
        return Price(asked, (Given("rate", "Price of a device", asked, "usd_per_hour"),))
    if offer:
        found = named("price", offer)
        if "per_hour" not in found:
            allowed = ", ".join(price.id for price in registry.every("price") if "per_hour" in price)
            raise InputError(f"offer must be a price by the hour: {allowed}, got {offer!r}", "offer", offer, allowed)
    else:
        try:
            found = named("price", _OF + device.id)
        except UnknownEntity:
            return Price(
                None, note=f"No cost: the registry has no price of {device.name}. A rate or an offer gives one."
            )
    # A price without a number of devices is that of one.
    each = found["per_hour"] / (found["devices"] if "devices" in found else 1.0)  # noqa: SIM401 - an Entity has no get
    others = [name.removeprefix(_OF).split(",")[0] for name in found.aliases if name.startswith(_OF)]
    wrong = f"{found.name} is a price of {', '.join(others)}, not of {device.id}."
    givens = [datum(found, "per_hour", f"{found.name}: price")]
    if "devices" in found:
        givens.append(datum(found, "devices", f"{found.name}: devices"))
    return Price(each, tuple(givens), wrong if others and device.id not in others else "")
