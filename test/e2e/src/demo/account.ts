/** Prints what happened, hop by hop, with the time since the request began. */
export interface Account {
  title(text: string): void
  line(text: string): void
  /** `at` in epoch milliseconds. */
  hop(at: number, where: string, what: string): void
  /** Times of the next hops count from here. */
  startAt(at: number): void
}

export function createAccount(print: (line: string) => void): Account {
  let start = Date.now()
  return {
    title: (text) => print(`\n${text}`),
    line: (text) => print(`  ${text}`),
    hop: (at, where, what) =>
      print(`  ${`+${Math.max(0, Math.round(at - start))} ms`.padStart(9)}  ${where.padEnd(36)} ${what}`),
    startAt: (at) => {
      start = at
    },
  }
}

/** Where a record lies, as people and `millrace tail` write it. */
export function place(record: { readonly topic: string; readonly partition: number; readonly offset: bigint }): string {
  return `${record.topic} ${record.partition}:${record.offset}`
}
