"""The embedded engine's configuration: small pools for a small machine, and what a reader may do."""

from pathlib import Path

from streams.store.client import DATABASE

# Two cores are shared with the broker and the workers: few threads, and merges that two threads can always begin.
_SERVER = """<clickhouse>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <merge_tree>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
  <users_config>{users}</users_config>
</clickhouse>
"""

# The engine runs everything as one user. Its rights come from roles only: a session that has put on `reader` can
# read this database and nothing else. The profile's constraints hold what the session was given (see reader.py).
_USERS = """<clickhouse>
  <profiles>
    <default><max_threads>2</max_threads><session_timezone>UTC</session_timezone></default>
    <reader>
      <constraints>
        {constraints}
      </constraints>
    </reader>
  </profiles>
  <roles>
    <owner><grants><query>GRANT ALL ON *.*</query></grants></owner>
    <reader><grants>
      <query>GRANT SELECT, SHOW ON {database}.*</query>
    </grants></reader>
  </roles>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT owner</query><query>GRANT reader</query></grants>
    </default>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
"""

CAPPED = ("max_execution_time", "max_memory_usage", "max_threads", "max_result_rows", "max_result_bytes")
"""Settings that a reader may lower and not raise."""

FIXED = (
    "readonly",
    "final",
    "result_overflow_mode",
    "dialect",
    "allow_ddl",
    "allow_introspection_functions",
    "format_schema",
    "format_avro_schema_registry_url",
    "format_template_row",
    "format_template_row_format",
    "format_template_resultset",
    "format_template_resultset_format",
)
"""Settings that a reader may not touch: rights, and names of files and addresses that the engine would read."""


def write_config(folder: Path, caps: dict[str, int]) -> Path:
    """Write the two files into `folder` and return the first; `caps`: the highest value per setting of CAPPED."""
    folder.mkdir(parents=True, exist_ok=True)
    lowest = {name: "0.001" if name == "max_execution_time" else "1" for name in CAPPED}
    constraints = [f"<{name}><min>{lowest[name]}</min><max>{caps[name]}</max></{name}>" for name in CAPPED]
    constraints += [f"<{name}><const/></{name}>" for name in FIXED]
    users = folder / "users.xml"
    users.write_text(_USERS.format(constraints="\n        ".join(constraints), database=DATABASE))
    server = folder / "config.xml"
    server.write_text(_SERVER.format(users=users))
    return server
