import type { Posted } from './post-sample.ts'

/** Prints what happened, hop by hop, with the time since the request began. */
export interface Account {
  title(text: string): void
  line(text: string): void
  /** A request's way: its title, and the hops that `follow` tells, in order of time, counted from the request. */
  way(posted: Posted, text: string, follow: () => Promise<void>): Promise<void>
  /** One hop of the way; `at` in epoch milliseconds. */
  hop(at: number, where: string, what: string): void
  /** The gateway's answer to the request. */
  answered(posted: Posted, what: string): void
}

export function createAccount(print: (line: string) => void): Account {
  const hops: { readonly at: number; readonly where: string; readonly what: string }[] = []
  const account: Account = {
    title: (text) => print(`\n${text}`),
    line: (text) => print(`  ${text}`),
    async way(posted, text, follow) {
      account.title(text)
      try {
        await follow()
      } finally {
        for (const { at, where, what } of hops.splice(0).sort((a, b) => a.at - b.at)) {
          const after = `+${Math.max(0, Math.round(at - posted.at))} ms`
          print(`  ${after.padStart(9)}  ${where.padEnd(34)} ${what}`)
        }
      }
    },
    hop: (at, where, what) => void hops.push({ at, where, what }),
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
