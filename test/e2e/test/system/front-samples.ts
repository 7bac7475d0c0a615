import { topics, type WebhookEvent } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import { samples, summaryOf, wanted } from '../support/front-samples.ts'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

/** One line of `millrace tail --base64 --headers`, as far as it is looked at. */
interface TailLine {
  readonly headers: Record<string, string>
  readonly value: Omit<WebhookEvent, 'payload'> & { readonly payload: { readonly base64: string } }
}

export function frontSamples(use: UseSystem): void {
  describe('every file of the Front samples', () => {
    test('is known to this test', () => {
      expect(samples.filter(({ type }) => type === undefined)).toEqual([])
    })

    test('is acknowledged when signed as its kind', async () => {
      for (const { name, body, scheme } of samples) {
        const { status, json, headers } = await use().postFront(body, scheme)
        const acknowledged = { webhook_id: headers.get('x-webhook-id'), status: 'accepted', events: 1 }
        expect({ name, status, json }).toEqual({ name, status: 200, json: acknowledged })
      }
    })

    test('is shown by `millrace tail` exactly once, with its type, its conversation and its own bytes', async () => {
      await use().topics.wait(topics.events, () => true, { count: samples.length })
      const lines = await tail(use())
      expect(lines).toHaveLength(samples.length)
      for (const sample of samples) {
        const mine = lines.filter(({ value }) => Buffer.from(value.payload.base64, 'base64').equals(sample.body))
        expect(mine.map(({ value }) => summaryOf(value))).toEqual([summaryOf(wanted(sample))])
        expect(mine[0]?.headers).toMatchObject({ ce_type: sample.type, ce_subject: sample.conversationId })
      }
      expect(new Set(lines.map(({ value }) => value.event_id)).size).toBe(samples.length)
    })

    test('brings nothing new when it is sent again', async () => {
      const system = use()
      const before = await eventIds(system)
      const decided = await duplicates(system)
      for (const { name, body, scheme } of samples) {
        const { status } = await system.postFront(body, scheme)
        expect({ name, status }).toEqual({ name, status: 200 })
      }
      const all = decided + samples.length
      await waitFor(async () => (await duplicates(system)) === all, { what: 'every repeat to be judged a duplicate' })
      expect(await eventIds(system)).toEqual(before)
    })
  })
}

async function tail(system: TestSystem): Promise<TailLine[]> {
  const printed = await system.millrace('tail', topics.events.name, '--until-end', '--base64', '--headers')
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

async function eventIds({ topics: reader }: TestSystem): Promise<string[]> {
  return (await reader.all(topics.events)).map(({ value }) => value.event_id).toSorted()
}

/** Repeats that dedup has dropped and committed. */
async function duplicates(system: TestSystem): Promise<number> {
  const text = await system.service('dedup').metrics()
  const counted = /^millrace_dedup_verdicts_total\{[^}]*verdict="duplicate"[^}]*\} (\d+)/gm
  return [...text.matchAll(counted)].reduce((sum, [, count]) => sum + Number(count), 0)
}
