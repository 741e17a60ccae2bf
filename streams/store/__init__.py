"""ClickHouse, embedded or served, behind one port."""
