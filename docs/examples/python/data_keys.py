"""Opens encrypted records. The format: docs/encryption.md."""

import base64
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
# A key that was destroyed is used no longer than this.
REFRESH_SECONDS = 60
# Stands for the bytes of a master key that nobody has any more.
LOST = "lost"


class DataKeys:
    """The data keys, read from their topic. With millions of keys, keep `wrapped` in a database instead of a dict."""

    def __init__(self, kafka: dict, topic: str, secret_keys: str, decode):
        entries = dict(entry.strip().split(":", 1) for entry in secret_keys.split(","))
        self.lost = {name for name, key in entries.items() if key == LOST}
        self.masters = {name: AESGCM(base64.b64decode(key)) for name, key in entries.items() if key != LOST}
        self.decode = decode
        self.keys = {}
        self.read_at = 0.0
        self.consumer = Consumer({**kafka, "enable.auto.commit": False, "enable.partition.eof": True, "isolation.level": "read_committed"})
        partitions = self.consumer.list_topics(topic, timeout=10).topics[topic].partitions
        self.next = {partition: TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions}

    def open(self, key_id: str, value: bytes):
        """The bytes that were encrypted; None where the key was destroyed, or wrapped by a master key that is lost: there is no such record any more. A key that is not
        in the topic was destroyed too, some time ago: its record, and the null that ended it, have been compacted away."""
        if key_id not in self.keys or time.monotonic() - self.read_at > REFRESH_SECONDS:
            self._read_to_end()
        key = self.keys.get(key_id)
        return None if key is None else key.decrypt(value[:NONCE_BYTES], value[NONCE_BYTES:], key_id.encode())

    def close(self):
        self.consumer.close()

    def _read_to_end(self):
        self.consumer.assign(list(self.next.values()))
        unfinished = set(self.next)
        while unfinished:
            message = self.consumer.poll(1.0)
            if message is None:
                continue
            if message.error() and message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            partition = message.partition()
            if message.error():
                self.next[partition] = TopicPartition(message.topic(), partition, message.offset())
                unfinished.discard(partition)
            else:
                self._keep(message.key().decode(), message.value())
        self.read_at = time.monotonic()
        if not self.keys:
            # Records of keys that nobody has ever heard of are not erased ones: passing over them would lose events.
            raise LookupError("the topic of data keys is empty: is KEYS_TOPIC right?")

    def _keep(self, key_id: str, value):
        # A null says that the key is destroyed. Its record, and later the null, go from the topic.
        key = None if value is None else self._unwrap(key_id, self.decode(value)["wrapped"])
        self.keys[key_id] = None if key is None else AESGCM(key)

    def _unwrap(self, key_id: str, wrapped: str):
        version, master, text = wrapped.split(".")
        if master in self.lost:
            return None
        if master not in self.masters:
            raise LookupError(f"the key {key_id} was wrapped by the master key {master}: add it to MILLRACE_SECRET_KEYS, or {master}:{LOST} where nobody has it")
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        bound = f"{version}.{master}\0{key_id}".encode()
        return self.masters[master].decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
