import { asObject, asTime, at, elementsOf, refreshRecord, topicKey } from '@millrace/domain'
import type { FrontClient, ListAnswer } from '@millrace/front-client'
import type { Kafka, Log } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { patiently } from '@millrace/service-kit'
import { compare, type Finding, type FindingKind } from './findings.ts'
import type { KnownTimes } from './known-times.ts'

export interface CompareParts {
  readonly client: Pick<FrontClient, 'listConversations'>
  readonly tenant: string
  readonly account: string
  readonly kafka: Pick<Kafka, 'send'>
  readonly known: KnownTimes
  readonly log: Log
  readonly onFinding: (kind: FindingKind) => void
  readonly signal: AbortSignal
}

export interface Comparison {
  /** When the conversations changed of which no event tells; the provider's clock. */
  readonly unexplained: readonly number[]
  /** The newest change in the whole list; null when it is empty. What is listed later changed no earlier. */
  readonly newest: number | null
  readonly compared: number
  readonly pages: number
}

/** A call that waits for its turn keeps its place in the lane. */
const TURN_MS = 600_000

interface Listed {
  readonly id: string
  readonly updatedAt: number
  readonly bytes: Buffer
  /** When it was asked for. */
  readonly at: number
}

/**
 * Compares every conversation that changed at or after `since` and before `until` with what is known of it, and tells `conversations.refreshes` of each
 * one that is ahead: as it was listed, so that its snapshot follows without a further call. One that nothing else ever told of is read once: the fold sees to that.
 * Conversations that change meanwhile move to the front of the list, where the next comparison finds them.
 */
export async function compareConversations(
  parts: CompareParts,
  { since, until }: { readonly since: number; readonly until: number },
): Promise<Comparison> {
  const { client, log, account, signal } = parts
  let comparison: Comparison = { unexplained: [], newest: null, compared: 0, pages: 0 }
  let pageToken: string | null = null
  do {
    const options = {
      lane: 'reconciliation',
      maxWaitMs: TURN_MS,
      signal,
      ...(pageToken === null ? {} : { pageToken }),
    } as const
    const page: ListAnswer = await patiently(() => client.listConversations(options), { log, account, signal })
    const listed = listedOn(page)
    const due = listed.filter(({ updatedAt }) => updatedAt >= since && updatedAt < until)
    const unexplained = await tellFindings(parts, due)
    comparison = {
      unexplained: [...comparison.unexplained, ...unexplained],
      newest: Math.max(comparison.newest ?? 0, ...listed.map(({ updatedAt }) => updatedAt)) || null,
      compared: comparison.compared + due.length,
      pages: comparison.pages + 1,
    }
    pageToken = listed.some(({ updatedAt }) => updatedAt >= since) && page.next !== pageToken ? page.next : null
  } while (pageToken !== null)
  return comparison
}

function listedOn(page: ListAnswer): Listed[] {
  return page.pages.flatMap(({ bytes, json, startedAt }) => {
    const results = asObject(json)?._results
    const elements = elementsOf(bytes, '_results')
    return (Array.isArray(results) ? results : []).flatMap((result: unknown, index) => {
      const id = at(result, 'id')
      const updatedAt = asTime(at(result, 'updated_at'))
      const own = elements[index]
      // Front's specification lets a conversation be listed without a time; there is nothing to compare then.
      return typeof id === 'string' && updatedAt !== null && own !== undefined
        ? [{ id, updatedAt, bytes: own, at: startedAt }]
        : []
    })
  })
}

/** Gives the times of the changes that no event explains. */
async function tellFindings(parts: CompareParts, listed: readonly Listed[]): Promise<number[]> {
  if (listed.length === 0) return []
  const account = topicKey(parts.tenant, parts.account)
  const since = await parts.known.since(account)
  const known = await parts.known.of(
    account,
    listed.map(({ id }) => id),
  )
  const findings = listed.flatMap((conversation, place) => {
    const finding = compare({ ...conversation, ...(known[place] ?? { snapshotAt: null, eventAt: null }) }, since)
    return finding === null ? [] : [{ conversation, finding }]
  })
  await Promise.all(findings.map((one) => tellFinding(parts, one)))
  return findings.filter(({ finding }) => finding.isUnexplained).map(({ conversation }) => conversation.updatedAt)
}

async function tellFinding(
  { kafka, tenant, account, onFinding, signal }: CompareParts,
  { conversation, finding }: { readonly conversation: Listed; readonly finding: Finding },
): Promise<void> {
  const refresh = refreshRecord(
    { tenant, account, conversation_id: conversation.id },
    { kind: 'listed', at: conversation.at, updated_at: conversation.updatedAt, conversation: conversation.bytes },
  )
  await kafka.send(topics.refreshes, topicKey(tenant, conversation.id), refresh, { signal })
  onFinding(finding.kind)
}
