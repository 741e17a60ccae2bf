"""Brokers for everything that is tested live."""

from support.kafka import apache_kafka, apache_kafka_cluster, broker, clean_kafka, embedded_broker

__all__ = ["apache_kafka", "apache_kafka_cluster", "broker", "clean_kafka", "embedded_broker"]
