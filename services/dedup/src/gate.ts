import { type Copy, counts, frontInboxIds, isPrivateFrontEvent, type ModeRule, needsPolling } from '@millrace/domain'
import type { InboxMemory } from './inbox-memory.ts'
import type { NamedWebhook } from './name-received.ts'

/** Which copies count (domain's rule of modes). One that does not claims nothing and becomes no event. */
export interface Gate {
  /** Resolves when the modes are known; before that nobody can say what counts. */
  readonly ready: Promise<void>
  /** For each webhook, in order. @throws DedupError `MR_DEDUP_REDIS_UNAVAILABLE` where a mode names inboxes */
  counts(webhooks: readonly NamedWebhook[]): Promise<readonly boolean[]>
}

export interface GateParts {
  readonly ready: Promise<void>
  /** The mode that holds now. */
  modeOf(tenant: string, source: string): ModeRule
  readonly inboxes: InboxMemory
}

export function createGate({ ready, modeOf, inboxes }: GateParts): Gate {
  return {
    ready,
    async counts(webhooks) {
      const rules = webhooks.map(({ webhook }) => modeOf(webhook.tenant, webhook.source))
      const known = await inboxesOf(webhooks, rules, inboxes)
      return webhooks.map((named, place) => {
        const rule = rules[place]
        // Webhooks count for every conversation: no need to look any closer.
        if (rule === undefined || !needsPolling(rule)) return true
        return counts(rule, copyOf(named, known.get(named.record.key) ?? []))
      })
    },
  }
}

/** The inboxes of conversations whose source's mode names inboxes: as this batch says them, else as they were last said. */
async function inboxesOf(
  webhooks: readonly NamedWebhook[],
  rules: readonly ModeRule[],
  memory: InboxMemory,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const asked = new Set<string>()
  const said = new Map<string, readonly string[]>()
  for (const [place, named] of webhooks.entries()) {
    const rule = rules[place]
    // Learnt while polling counts for anybody, so that inboxes are known when one of them is cut over.
    if (rule === undefined || !needsPolling(rule) || named.webhook.provider !== 'front') continue
    const { key } = named.record
    if (rule.inboxes.length > 0) asked.add(key)
    const ids = frontInboxIds(named.json)
    if (ids.length > 0) said.set(key, ids)
  }
  const open = [...asked].filter((key) => !said.has(key))
  const [remembered] = await Promise.all([memory.recall(open), memory.learn(said)])
  return new Map([...remembered, ...said])
}

function copyOf({ webhook, record, description, identity, json }: NamedWebhook, inboxes: readonly string[]): Copy {
  return {
    origin: webhook.origin,
    provider: webhook.provider,
    type: description.type,
    identity: identity.kind,
    key: record.key,
    inboxes,
    occurredAt: description.occurredAt ?? webhook.received_at,
    isPrivate: webhook.provider === 'front' && isPrivateFrontEvent(json),
  }
}
