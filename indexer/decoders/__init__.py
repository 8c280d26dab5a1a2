"""Which function decodes which event, a file for each contract: signatures as the ABI writes them, to decoders.

Events that nobody projects are left out: approvals, URI (MetadataSet says it), FractionsReserved, and the
offering's Collected, which the token's FractionsCollected says in the order in which rent sees it.
"""
