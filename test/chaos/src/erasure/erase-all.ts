import type { Report } from '@millrace/local'
import { addressOf, type Lone } from './canaries.ts'
import { insisting, Refused, type Signed } from './people.ts'

/** An erasure, and the seconds that it took from its approval on. */
export interface Took {
  readonly id: string
  /** Until nobody could read it any more. */
  readonly unreadable: number
  readonly receipt: number
  /** Of each phase, as the console tells. */
  readonly phases: Readonly<Record<string, number>>
  readonly plainUntil: unknown
}

export interface Erasing {
  readonly asker: Signed
  readonly decider: Signed
  readonly report: Report
  readonly withoutEncryption: boolean
  readonly withinMs: number
}

/** What is asked for: conversations by address and by id in turn, the rest by id. */
export function subjectsOf(conversations: readonly string[], people: readonly Lone[]): string[] {
  return [
    ...conversations.map((id, nth) => (nth % 2 === 0 ? `email:${addressOf(id)}` : `conversation:${id}`)),
    ...people.map(({ kind, id }) => `${kind}:${id}`),
  ]
}

/** Waits until a dry run names events of each. */
export async function untilKnown({ asker, withinMs, report }: Erasing, subjects: readonly string[]): Promise<void> {
  for (const [nth, subject] of subjects.entries()) {
    await insisting(async () => {
      const { status, body } = await asker.post('/erasures', { subject, dry_run: true })
      const places = status === 200 ? (body.places as readonly { place: string }[]) : []
      return places.some(({ place }) => place === 'table webhook_events') ? true : undefined
    }, withinMs)
    report.progress(`${nth + 1} of ${subjects.length} are known`)
  }
}

/** Ten at the same time. */
export async function eraseAll(erasing: Erasing, subjects: readonly string[]): Promise<Took[]> {
  const took: Took[] = []
  const open = [...subjects]
  const eraser = async () => {
    for (let subject = open.shift(); subject !== undefined; subject = open.shift()) {
      took.push(await eraseOne(erasing, subject))
      erasing.report.progress(`${took.length} of ${subjects.length} erased`)
    }
  }
  await Promise.all(Array.from({ length: 10 }, eraser))
  return took
}

async function eraseOne({ asker, decider, report, withoutEncryption, withinMs }: Erasing, subject: string) {
  const body = { subject, reason: 'chaos', without_encryption: withoutEncryption }
  const asked = await insisting(async () => {
    const answer = await asker.post('/erasures', body)
    return answer.status === 202 ? answer.body : undefined
  }, withinMs)
  await approve(decider, String(asked.approval_id), withinMs)
  const done = await insisting(async () => {
    const { body: found } = await asker.get(`/erasures/${asked.erasure_id}`)
    if (found.state === 'failed') throw new Refused(String(found.error))
    if (typeof found.waits_for === 'string') report.progress(`${subject.slice(0, 5)}… waits: ${found.waits_for}`)
    return found.state === 'done' && found.receipt !== null ? found : undefined
  }, withinMs)
  return tookOf(String(asked.erasure_id), done)
}

/** From when the approval was written: its answer may be lost with a console that is killed, and the next one counts none of the time until then. */
function tookOf(id: string, done: Readonly<Record<string, unknown>>): Took {
  const { plain_records_until, approved_at } = done.receipt as Readonly<Record<string, unknown>>
  const since = (at: unknown) => Math.round((Number(at) - Number(approved_at)) / 100) / 10
  return {
    id,
    unreadable: since(done.erased_at),
    receipt: since(done.ended_at),
    phases: done.phases as Record<string, number>,
    plainUntil: plain_records_until,
  }
}

async function approve(decider: Signed, id: string, withinMs: number): Promise<void> {
  const approval = `/approvals/${id}`
  const shown = await insisting(async () => {
    const answer = await decider.get(approval)
    return answer.status === 200 ? answer.body : undefined
  }, withinMs)
  await insisting(async () => {
    const { status } = await decider.post(`${approval}/approve`, { params_sha256: shown.params_sha256 })
    // Closed: an answer was lost, and it was approved before.
    return status === 200 || status === 409 ? true : undefined
  }, withinMs)
}

/** Median and longest of each phase, as a line to read; `besides`: it was queued, tried again, or the console was killed. */
export function phaseSeconds(took: readonly Took[]): string {
  const all = took.map(({ phases, receipt }) => {
    const sum = Object.values(phases).reduce((before, ms) => before + ms, 0)
    return { ...phases, besides: Math.max(0, receipt * 1_000 - sum) } as Record<string, number>
  })
  const names = [...new Set(all.flatMap((phases) => Object.keys(phases)))]
  return names
    .map((name) => {
      const seconds = all.map((phases) => (phases[name] ?? 0) / 1_000)
      return `${name} ${median(seconds).toFixed(1)} (${Math.max(...seconds).toFixed(1)})`
    })
    .join(', ')
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
