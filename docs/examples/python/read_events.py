"""Reads Millrace's events and prints one JSON line for each.

    python read_events.py [--until-end] [--count N]

Environment: BROKERS (127.0.0.1:19092), SCHEMAS_DIR (./schemas, made by `npm run millrace -- schemas export ./schemas`),
GROUP (example-python), TOPIC (webhooks.events.v1), RECORD (WebhookEvent; the record that the topic has, as in the exported schemas). Where records are encrypted also MILLRACE_SECRET_KEYS, and KEYS_TOPIC
(operations.keys.v1).
"""

import argparse
import io
import json
import os
import sys
from datetime import datetime
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException
from data_keys import DataKeys
from fastavro import parse_schema, schemaless_reader

SINGLE_OBJECT_MARKER = b"\xc3\x01"
KEY_ID_HEADER = "x-key-id"


class Schemas:
    """The exported schemas: the writer's by fingerprint, and the latest one of a record to read into."""

    def __init__(self, directory: Path, record: str):
        self.directory = directory
        self.index = json.loads((directory / "fingerprints.json").read_text())
        newest = max((entry for entry in self.index.values() if entry["name"] == record), key=lambda entry: entry["version"])
        self.reader = self._parse(newest["file"])
        self.writers = {}

    def writer(self, fingerprint: str):
        if fingerprint not in self.writers:
            if fingerprint not in self.index:
                # A newer release writes. Skipping would lose the event.
                sys.exit(f"unknown schema {fingerprint}: export the schemas again")
            self.writers[fingerprint] = self._parse(self.index[fingerprint]["file"])
        return self.writers[fingerprint]

    def _parse(self, file: str):
        return parse_schema(json.loads((self.directory / file).read_text()))


def decode(schemas: Schemas, value: bytes) -> dict:
    """The Avro single-object encoding: marker, fingerprint of the writer's schema, body."""
    if value[:2] != SINGLE_OBJECT_MARKER:
        sys.exit("not in single-object encoding: with a schema registry, use confluent_kafka.schema_registry.avro.AvroDeserializer")
    return schemaless_reader(io.BytesIO(value[10:]), schemas.writer(value[2:10].hex()), schemas.reader)


def data_keys(schemas_dir: Path, kafka: dict):
    """None where no master key is given: then nothing that is encrypted can be read."""
    secret_keys = os.environ.get("MILLRACE_SECRET_KEYS")
    if not secret_keys:
        return None
    schemas = Schemas(schemas_dir, "DataKey")
    topic = os.environ.get("KEYS_TOPIC", "operations.keys.v1")
    return DataKeys(kafka, topic, secret_keys, lambda value: decode(schemas, value))


def opened(keys, message):
    """The value as it was before it was encrypted; None for a null, and where the key was destroyed."""
    key_id = dict(message.headers() or []).get(KEY_ID_HEADER)
    if key_id is None or message.value() is None:
        return message.value()
    if keys is None:
        sys.exit("records are encrypted: set MILLRACE_SECRET_KEYS")
    return keys.open(key_id.decode(), message.value())


def printable(part):
    if isinstance(part, datetime):
        return round(part.timestamp() * 1000)
    return part.decode("utf-8", "replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--until-end", action="store_true", help="stop at the end of the topic")
    parser.add_argument("--count", type=int, default=0, help="stop after so many events")
    options = parser.parse_args()

    schemas_dir = Path(os.environ.get("SCHEMAS_DIR", "schemas"))
    schemas = Schemas(schemas_dir, os.environ.get("RECORD", "WebhookEvent"))
    kafka = {
        "bootstrap.servers": os.environ.get("BROKERS", "127.0.0.1:19092"),
        "group.id": os.environ.get("GROUP", "example-python"),
    }
    keys = data_keys(schemas_dir, kafka)
    consumer = Consumer(
        {
            **kafka,
            "auto.offset.reset": "earliest",
            # librdkafka's default; other clients read uncommitted records unless told otherwise.
            "isolation.level": "read_committed",
            # Offsets are committed below, after the work: a crash repeats events, it loses none.
            "enable.auto.commit": False,
            "enable.partition.eof": options.until_end,
        }
    )
    unfinished = set()
    consumer.subscribe(
        [os.environ.get("TOPIC", "webhooks.events.v1")],
        on_assign=lambda _, partitions: unfinished.update(each.partition for each in partitions),
    )
    count = passed_over = 0
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                unfinished.discard(message.partition())
                if not unfinished:
                    return
                continue
            value = opened(keys, message)
            if value is not None:
                print(json.dumps(decode(schemas, value), default=printable, ensure_ascii=False), flush=True)
                count += 1
            elif message.value() is not None:
                passed_over += 1
            consumer.commit(message, asynchronous=True)
            if count > 0 and count == options.count:
                return
    finally:
        consumer.close()
        if keys is not None:
            keys.close()
        if passed_over > 0:
            print(f"passed over {passed_over} records whose keys are destroyed", file=sys.stderr)


if __name__ == "__main__":
    main()
