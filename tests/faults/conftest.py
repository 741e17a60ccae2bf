"""Brokers that may be broken."""

from support.kafka import apache_kafka_cluster

__all__ = ["apache_kafka_cluster"]
