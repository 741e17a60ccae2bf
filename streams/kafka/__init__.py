"""The only room that knows Faust and aiokafka."""
