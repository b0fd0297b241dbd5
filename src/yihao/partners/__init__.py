"""The register of linked partners (联动单位): who they are, under which agreement, whom to call.

Hand-overs themselves are the life of orders.
"""
