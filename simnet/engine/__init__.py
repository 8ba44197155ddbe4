"""What happens next, and by what chance."""
