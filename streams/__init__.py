"""What happens to a touchpoint on its way, one room per stage."""
