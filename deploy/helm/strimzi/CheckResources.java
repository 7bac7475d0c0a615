import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.strimzi.api.kafka.model.common.UnknownPropertyPreserving;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.File;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Reads resources with Strimzi's own classes and names every field that these do not know. Exit code 1 when there is one. */
class CheckResources {
    private static final Map<String, Class<?>> KINDS =
        Map.of("Kafka", Kafka.class, "KafkaNodePool", KafkaNodePool.class, "KafkaUser", KafkaUser.class);
    private static int problems = 0;

    public static void main(String[] files) throws Exception {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory());
        int resources = 0;
        for (String file : files) {
            try (MappingIterator<JsonNode> documents = mapper.readerFor(JsonNode.class).readValues(new File(file))) {
                while (documents.hasNext()) {
                    JsonNode document = documents.next();
                    if (document == null || document.isNull()) continue;
                    resources++;
                    check(mapper, document);
                }
            }
        }
        System.out.println(resources + " resources");
        System.exit(problems > 0 || resources == 0 ? 1 : 0);
    }

    private static void check(ObjectMapper mapper, JsonNode document) throws Exception {
        String kind = document.path("kind").asText();
        String name = kind + " " + document.path("metadata").path("name").asText();
        Class<?> type = KINDS.get(kind);
        if (type == null) {
            tell(name + ": this kind is not known here");
            return;
        }
        if (!"kafka.strimzi.io/v1".equals(document.path("apiVersion").asText())) tell(name + ": apiVersion is not kafka.strimzi.io/v1");
        try {
            look(mapper.treeToValue(document, type), name, Collections.newSetFromMap(new IdentityHashMap<>()));
        } catch (com.fasterxml.jackson.core.JsonProcessingException error) {
            tell(name + ": " + error.getOriginalMessage());
        }
    }

    /** Fields that a class does not know are kept beside those that it does. */
    private static void look(Object value, String place, Set<Object> seen) throws Exception {
        if (value instanceof Iterable<?> items) {
            int index = 0;
            for (Object item : items) look(item, place + "[" + index++ + "]", seen);
            return;
        }
        if (value == null || !value.getClass().getName().startsWith("io.strimzi.") || value.getClass().isEnum() || !seen.add(value)) return;
        if (value instanceof UnknownPropertyPreserving known) {
            Map<String, Object> unknown = known.getAdditionalProperties();
            if (unknown != null) for (String field : unknown.keySet()) tell(place + ": unknown field " + field);
        }
        for (Method method : value.getClass().getMethods()) {
            boolean isGetter = method.getName().startsWith("get") && method.getParameterCount() == 0;
            if (isGetter && !method.getName().equals("getAdditionalProperties")) look(method.invoke(value), place + "." + method.getName().substring(3), seen);
        }
    }

    private static void tell(String problem) {
        problems++;
        System.out.println(problem);
    }
}
