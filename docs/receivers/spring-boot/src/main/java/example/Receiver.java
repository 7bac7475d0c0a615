package example;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** A receiver in Spring Boot: WEBHOOK_SECRET=whsec_… mvn spring-boot:run */
@SpringBootApplication
@RestController
public class Receiver {
  private static final long TOLERANCE_SECONDS = 300;
  private final JdbcTemplate inbox;
  private final SecretKeySpec key;

  public Receiver(JdbcTemplate inbox, @Value("${WEBHOOK_SECRET}") String secret) {
    this.inbox = inbox;
    this.key = new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256");
    inbox.execute("CREATE TABLE IF NOT EXISTS webhook (id VARCHAR PRIMARY KEY, body VARBINARY)");
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Receiver.class, arguments);
  }

  /** The body as bytes, as it came: an object in its place would be what was parsed, which no longer fits the signature. */
  @PostMapping("/webhooks")
  public ResponseEntity<String> receive(
      @RequestHeader("webhook-id") String id,
      @RequestHeader("webhook-timestamp") String timestamp,
      @RequestHeader("webhook-signature") String signatures,
      @RequestBody byte[] body)
      throws GeneralSecurityException {
    if (!isFresh(timestamp) || !isSigned(id, timestamp, signatures, body)) {
      return ResponseEntity.status(401).body("bad signature");
    }
    try {
      // Do your own writes in the same transaction, or work from the table later.
      inbox.update("INSERT INTO webhook (id, body) VALUES (?, ?)", id, body);
    } catch (DuplicateKeyException repeated) {
      // It has been here before: say so with a 2xx, or it comes again.
    }
    return ResponseEntity.noContent().build();
  }

  private static boolean isFresh(String timestamp) {
    try {
      return Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) <= TOLERANCE_SECONDS;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  /** Standard Webhooks: HMAC-SHA256 of "id.timestamp.body"; several signatures while a secret is rotated, one that fits is enough. */
  private boolean isSigned(String id, String timestamp, String signatures, byte[] body) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(key);
    mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
    byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
    boolean fits = false;
    for (String signature : signatures.split(" ")) {
      // Takes as long for a wrong signature as for the right one.
      fits |= MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
    }
    return fits;
  }
}
