/**
 * Options of a Kafka client by which a test prepares what it needs: 1.8 s, after which a record is refused otherwise, may pass on a slow, busy machine before a
 * broker that was only just started, or has only just made the topic, acknowledges anything.
 */
export const patient = { sendWithinMs: 30_000 } as const
