"""`touchline whatif`: the recorded time of a place with other servers."""
