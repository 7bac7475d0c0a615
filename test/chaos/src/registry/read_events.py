"""Reads the events of BROKERS and TOPIC up to its end with Confluent's own deserializer and REGISTRY, and prints `event_id schema_id` of each."""

import os
import struct
import sys

from confluent_kafka import Consumer, KafkaError
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

topic = os.environ["TOPIC"]
deserialize = AvroDeserializer(SchemaRegistryClient({"url": os.environ["REGISTRY"]}))
consumer = Consumer(
    {
        "bootstrap.servers": os.environ["BROKERS"],
        "group.id": f"registry-{os.getpid()}",
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
    }
)
consumer.subscribe([topic])
ended = set()
while len(ended) < int(os.environ["PARTITIONS"]):
    message = consumer.poll(30)
    if message is None:
        sys.exit("nothing came within 30 s")
    if message.error():
        if message.error().code() != KafkaError._PARTITION_EOF:
            sys.exit(str(message.error()))
        ended.add(message.partition())
        continue
    value = message.value()
    # What was written before the registry is in the other encoding, which this deserializer does not know.
    if value[0] != 0:
        print("single-object", 0)
        continue
    event = deserialize(value, SerializationContext(topic, MessageField.VALUE))
    print(event["event_id"], struct.unpack(">I", value[1:5])[0])
consumer.close()
