import { closeOrder, type ServiceContext } from '@millrace/service-kit'
import { parseSecretKeys } from '@millrace/signing'
import { createAccounts } from './access/accounts.ts'
import { createKnownTenants } from './access/known-tenants.ts'
import { taskSubmitter } from './actions/webhook-data.ts'
import { createApprovals } from './approve/approvals.ts'
import { responseSender } from './approve/send-response.ts'
import { createAudit } from './audit/audit.ts'
import { type ContentEncryption, createContentEncryption } from './content-encryption.ts'
import type { Database } from './db/connect.ts'
import type { Deps } from './deps.ts'
import { createEndpoints } from './endpoints/endpoints.ts'
import { createErasures } from './erase/erasures.ts'
import { createLookLately } from './erase/named-lately.ts'
import { revealErasure } from './erase/reveal.ts'
import { runErasure } from './erase/run-erasure.ts'
import { sweepErasures } from './erase/sweep.ts'
import { createReading } from './read/reading.ts'
import { createRedrives } from './replay/redrives.ts'
import { createReplays } from './replay/replays.ts'
import { startJobs } from './replay/run-jobs.ts'
import type { ConsoleSettings } from './settings.ts'

/** A little longer than the gateway lets a synchronous caller wait, and less than an execution may take. */
const GATEWAY_TIMEOUT_MS = 40_000

/** Makes what the routes work with; what runs by itself is added to the context's life here too. */
export function composeDeps(
  context: ServiceContext<ConsoleSettings>,
  { db }: Database,
  { words, searchedWords, resting }: ContentEncryption = createContentEncryption(context),
): Deps {
  const { settings, log, kafka, redis, sources } = context
  const keys = settings.secretKeys === undefined ? undefined : parseSecretKeys(settings.secretKeys)
  const audit = createAudit({ db, kafka, log, keys, resting })
  context.onClose('audit', () => audit.close(), { order: closeOrder.work })
  const approvals = createApprovals({
    db,
    audit,
    log,
    resting,
    policy: { mode: settings.approvals, also: settings.approve },
    reveal: revealErasure(keys),
  })
  context.onClose('approvals', () => approvals.close(), { order: closeOrder.intake })
  const endpoints = createEndpoints(kafka, settings)
  context.onClose('endpoints', () => endpoints.close(), { order: closeOrder.work })
  approvals.onApproved('webhook-response', responseSender({ kafka, ...endpoints }))
  const gateway = { sources, gatewayUrl: settings.gatewayUrl, timeoutMs: GATEWAY_TIMEOUT_MS }
  approvals.onApproved('webhook-data', taskSubmitter(gateway))
  approvals.onApproved('endpoint-enable', ({ params }) => endpoints.enable(params))
  const accounts = createAccounts({ db, adminToken: settings.adminToken, times: settings, audit })
  const tenants = createKnownTenants(db, sources)
  const reading = createReading({
    version: context.version,
    words: searchedWords,
    ...{ db, kafka, redis, sources, log, settings },
  })
  context.onClose('live streams', () => reading.live.close(), { order: closeOrder.intake })
  const { encryption: isEncrypted, ledgerDays } = settings
  const { blindIndex, refillKeys } = context
  const lookLately = createLookLately(kafka)
  const erasing = { redis, keys, blindIndex, refillKeys, lookLately, words, isEncrypted, ledgerDays }
  const working = { db, kafka, log, audit, approvals, resting }
  const jobs = startJobs(working, {
    runErasure: (run) => runErasure({ ...working, ...erasing }, run),
    tidy: () => sweepErasures({ ...working, ...erasing }),
  })
  context.onClose('replays', () => jobs.close(), { order: closeOrder.intake })
  const jobParts = { ...working, wake: jobs.wake }
  const [replays, redrives] = [createReplays(jobParts), createRedrives(jobParts)]
  return {
    settings,
    log,
    kafka,
    redis,
    sources,
    db,
    tenants,
    accounts,
    audit,
    approvals,
    endpoints,
    reading,
    replays,
    redrives,
    erasures: createErasures({ ...jobParts, ...erasing }),
    jobs,
  }
}
