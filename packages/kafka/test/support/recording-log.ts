import type { Log } from '../../src/index.ts'

export interface RecordingLog extends Log {
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields: object }[]
  /** How often a line with this message was written. */
  count(message: string): number
}

export function createRecordingLog(): RecordingLog {
  const lines: { level: string; message: string; fields: object }[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields })
    if (process.env.KAFKA_TEST_LOG) console.error(new Date().toISOString().slice(14), level, message, fields)
  }
  return {
    lines,
    count: (message) => lines.filter((line) => line.message === message).length,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}
