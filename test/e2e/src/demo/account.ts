import type { Posted } from './post-sample.ts'

/** Prints what happened, hop by hop, with the time since the request began. */
export interface Account {
  title(text: string): void
  line(text: string): void
  /** The title of a request's way; times of its hops count from here. */
  way(posted: Posted, text: string): void
  /** `at` in epoch milliseconds. */
  hop(at: number, where: string, what: string): void
  /** The gateway's answer to the request. */
  answered(posted: Posted, what: string): void
}

export function createAccount(print: (line: string) => void): Account {
  let start = Date.now()
  const account: Account = {
    title: (text) => print(`\n${text}`),
    line: (text) => print(`  ${text}`),
    way: (posted, text) => {
      start = posted.at
      account.title(text)
    },
    hop: (at, where, what) => {
      const after = `+${Math.max(0, Math.round(at - start))} ms`
      print(`  ${after.padStart(9)}  ${where.padEnd(34)} ${what}`)
    },
    answered: (posted, what) =>
      account.hop(
        posted.at + posted.tookMs,
        `gateway answers ${posted.status}`,
        `${what}; webhook_id ${posted.webhookId}`,
      ),
  }
  return account
}

/** `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Where a record lies, as people and `millrace tail` write it. */
export function place(record: { readonly topic: string; readonly partition: number; readonly offset: bigint }): string {
  return `${record.topic} ${record.partition}:${record.offset}`
}
