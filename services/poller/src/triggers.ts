import { ingestModeOf, topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import type { ComparedAccount, CompareParts } from './compare-ways.ts'
import type { ParityState } from './parity-state.ts'
import type { ComparedWindow } from './parity-window.ts'
import { rollBack, tell } from './roll-back.ts'
import { followMissing, isRollbackDue, isStillMissing, type MissingLimits, runText } from './trigger-missing.ts'
import { isVerificationAlarming } from './trigger-verification.ts'

export interface TriggerParts extends CompareParts {
  readonly state: ParityState
  readonly limits: MissingLimits & {
    /** Age of the oldest webhook that is no event yet above which polling takes over, milliseconds. */
    readonly backlogMs: number
    /** A source whose list was not read for longer is not handed to polling, milliseconds. */
    readonly polledWithinMs: number
  }
}

const TOLD_EVERY_MS = 30 * 60_000

type Window = ComparedWindow & { readonly since: number; readonly until: number }

/** After each window: to polling when webhooks have missed events for the set time; in `parallel`, where nothing depends on them, only a notice. */
export async function watchMissing(parts: TriggerParts, account: ComparedAccount, window: Window): Promise<void> {
  const { state, limits } = parts
  const since = changedAt(parts, account)
  const before = await state.run(account.key)
  // What came before the mode was changed was judged then.
  const run = before === null || before.since < since ? null : before
  const next = window.since < since ? null : followMissing(run, window, limits)
  if (isRollbackDue(next, limits) && isStillMissing(await parts.marks.openMarks(account.key), limits, Date.now())) {
    const reason = runText(next)
    const isRolledBack = await rollBackAll(parts, account, reason, next)
    if (!isRolledBack && (await state.mayTell(account.key, 'webhooks-missing', TOLD_EVERY_MS))) {
      await tell(parts, account.sources[0], {
        kind: 'webhooks-missing',
        severity: 'warning',
        text: sentence(reason),
        details: next,
      })
    }
  }
  await state.keepRun(account.key, next)
}

/** Requests that fail verification are told, and never a reason of their own for a rollback. */
export async function watchVerification(parts: TriggerParts, account: ComparedAccount, now: number): Promise<void> {
  const { webhooks, since } = await parts.marks.came(account.key, now)
  const refused = parts.rejected.between(account.key, since, now)
  if (!isVerificationAlarming({ accepted: webhooks, refused })) return
  if (!(await parts.state.mayTell(account.key, 'verification-failures', TOLD_EVERY_MS))) return
  await tell(parts, account.sources[0], {
    kind: 'verification-failures',
    severity: 'warning',
    text: `${refused} of ${refused + webhooks} requests since ${new Date(since).toISOString()} failed verification. A secret that was changed on one side, a clock, or forged requests: millrace tail rejected tells the rule and the likely mistake.`,
    details: { refused, accepted: webhooks },
  })
}

/** To polling when received webhooks wait too long to become events. By the partitions that this process reads. */
export async function watchBacklog(
  parts: TriggerParts,
  accounts: readonly ComparedAccount[],
  now: number,
): Promise<void> {
  const [committed, ends] = await Promise.all([
    parts.kafka.committed('dedup', topics.received),
    parts.kafka.ends(topics.received),
  ])
  const ageMs = parts.times.oldestAge(committed, ends, now)
  if (ageMs <= parts.limits.backlogMs) return
  const reason = `the oldest webhook that is no event yet has waited for ${Math.round(ageMs / 1_000)} s (limit ${Math.round(parts.limits.backlogMs / 1_000)} s)`
  for (const account of accounts) {
    await rollBackAll(parts, account, reason, { age_ms: ageMs })
  }
}

async function rollBackAll(
  parts: TriggerParts,
  account: ComparedAccount,
  reason: string,
  details: object,
): Promise<boolean> {
  if (!isPolled(parts, account)) return false
  const { sources } = account
  const done = []
  for (const source of sources) done.push(await rollBack(parts, source, reason, details))
  return done.includes(true) || sources.some((source) => modeOf(parts, source) === 'polling')
}

/** Where polling does not get through (a revoked token, a missing scope, Front away), webhooks are all that there is. */
function isPolled({ positions, limits }: TriggerParts, { tenant, account }: ComparedAccount): boolean {
  const position = positions.of(tenant, account)
  return position !== undefined && Date.now() - position.readAt < limits.polledWithinMs
}

function modeOf({ modes }: TriggerParts, { tenant, name }: Source): string {
  return ingestModeOf(modes.get(topicKey(tenant, name))).mode
}

function changedAt({ modes }: TriggerParts, { sources }: ComparedAccount): number {
  const times = sources.map(({ tenant, name }) => modes.get(topicKey(tenant, name))?.changed_at ?? 0)
  return Math.max(...times)
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
