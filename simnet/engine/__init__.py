"""What happens next, and by what chance: `scheduler`, `timer`, `randomness`."""
