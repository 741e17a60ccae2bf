"""Advice: what would have happened with other servers, and what to do next. Pure: no clock, no input or output."""
