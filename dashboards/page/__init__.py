"""The page: the boards in a browser, live, without Grafana."""
