"""PrimaryOffering: terms, subscriptions, the end. Collecting is the token's to say."""

from indexer.abi import Decoder, address, amount, boolean, fewer, fractions, property_id, seconds, static
from indexer.events import OfferingCancelled, OfferingClosed, OfferingSet, Refunded, SubscriptionChanged

TERMS = [amount, fractions, fractions, seconds, seconds, seconds, fractions, fractions]

OFFERING: dict[str, Decoder] = {
    f"OfferingSet(uint256,address{8 * ',uint256'})": static(OfferingSet, [property_id, address], TERMS),
    "OfferingCancelled(uint256)": static(OfferingCancelled, [property_id]),
    "Subscribed(uint256,address,uint256,uint256,uint256)": static(
        SubscriptionChanged, [property_id, address], [fractions, fractions, fractions]
    ),
    "Unsubscribed(uint256,address,uint256,uint256,uint256)": static(
        SubscriptionChanged, [property_id, address], [fewer, fractions, fractions]
    ),
    "OfferingClosed(uint256,bool,uint256,uint256)": static(OfferingClosed, [property_id], [boolean, fractions, amount]),
    "Refunded(uint256,address,uint256,uint256)": static(Refunded, [property_id, address], [fractions, amount]),
}
