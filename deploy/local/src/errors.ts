const codes = {
  MR_LOCAL_JAVA_MISSING: 'Neither named servers, nor Docker, nor Java with Maven: nothing to run Kafka with.',
  MR_LOCAL_DOWNLOAD: 'A download failed or timed out.',
  MR_LOCAL_PORT_BUSY: 'A port that the stack needs is taken by another process.',
  MR_LOCAL_SERVER_DOWN: 'A server did not start, ended by itself, or does not answer.',
  MR_LOCAL_NOT_OURS: 'A server named by KAFKA_BROKERS or REDIS_URL cannot be stopped or restarted from here.',
  MR_LOCAL_SETTING: 'A setting has a value that means nothing.',
  MR_LOCAL_RUNNING: 'The local stack of this checkout is running already.',
} as const

export type LocalErrorCode = keyof typeof codes

/** What went wrong with the local stack, in words for the person who typed the command. */
export class LocalError extends Error {
  readonly code: LocalErrorCode

  constructor(code: LocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LocalError'
    this.code = code
  }
}
