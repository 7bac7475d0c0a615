import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads Millrace's events and prints one JSON line for each.
 *
 * <pre>java -cp 'lib/*' ReadEvents.java [--until-end] [--count N]</pre>
 *
 * Environment: BROKERS (127.0.0.1:19092), SCHEMAS_DIR (schemas, made by {@code npm run millrace -- schemas export}), GROUP (example-java),
 * TOPIC (webhooks.events.v1).
 */
public final class ReadEvents {
  public static void main(String[] args) throws IOException {
    List<String> options = List.of(args);
    boolean untilEnd = options.contains("--until-end");
    long limit = options.contains("--count") ? Long.parseLong(options.get(options.indexOf("--count") + 1)) : Long.MAX_VALUE;
    BinaryMessageDecoder<GenericRecord> decoder = decoder(Path.of(setting("SCHEMAS_DIR", "schemas"), "WebhookEvent"));
    ObjectMapper json = new ObjectMapper();

    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(properties(), new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(setting("TOPIC", "webhooks.events.v1")));
      Map<TopicPartition, Long> ends = Map.of();
      for (long count = 0; count < limit; ) {
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          System.out.println(json.writeValueAsString(printable(decoder.decode(record.value()))));
          done.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
          if (++count == limit) break;
        }
        // After the work: a crash repeats events, it loses none.
        consumer.commitSync(done);
        if (!untilEnd) continue;
        if (!ends.keySet().equals(consumer.assignment())) ends = consumer.endOffsets(consumer.assignment());
        if (!ends.isEmpty() && ends.entrySet().stream().allMatch((end) -> consumer.position(end.getKey()) >= end.getValue())) return;
      }
    }
  }

  private static Map<String, Object> properties() {
    return Map.of(
        "bootstrap.servers", setting("BROKERS", "127.0.0.1:19092"),
        "group.id", setting("GROUP", "example-java"),
        "auto.offset.reset", "earliest",
        // Not the default: without it, records of transactions that are taken back are seen too.
        "isolation.level", "read_committed",
        "enable.auto.commit", false);
  }

  /** Reads the single-object encoding of every version into the latest one; a fingerprint of no version throws MissingSchemaException. */
  private static BinaryMessageDecoder<GenericRecord> decoder(Path directory) throws IOException {
    List<Schema> versions = new ArrayList<>();
    for (int version = 1; Files.exists(directory.resolve("v" + version + ".avsc")); version++) {
      versions.add(new Schema.Parser().parse(directory.resolve("v" + version + ".avsc").toFile()));
    }
    BinaryMessageDecoder<GenericRecord> decoder = new BinaryMessageDecoder<>(GenericData.get(), versions.get(versions.size() - 1));
    versions.forEach(decoder::addSchema);
    return decoder;
  }

  private static Map<String, Object> printable(GenericRecord event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Schema.Field field : event.getSchema().getFields()) fields.put(field.name(), printable(event.get(field.pos())));
    return fields;
  }

  private static Object printable(Object part) {
    if (part instanceof CharSequence) return part.toString();
    if (part instanceof ByteBuffer bytes) return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    return part;
  }

  private static String setting(String name, String otherwise) {
    return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
  }
}
