"""The commands of the group `lake`: filling, checking and questioning an access lake."""
