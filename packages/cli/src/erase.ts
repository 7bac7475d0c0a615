import type { ErasurePlan, ErasureRequestInput, Erasure as ErasureView } from '@millrace/console-client'
import { parseJson } from '@millrace/domain'
import { checkReceipt, receiptPublicKeys, signedReceipt } from '@millrace/operations'
import { parseSecretKeys } from '@millrace/signing'
import { command, type Terminal, usage } from './command.ts'
import { asked, requireConsole } from './console.ts'
import { readInput, STANDARD_OUTPUT, writeOutput } from './files.ts'
import { readCliSettings } from './settings.ts'
import { textTable } from './table.ts'
import { jobExit, jobLine, watchJob } from './watch-job.ts'

const NAME = 'erase'
const WHAT = 'an erasure'
/** Payloads of a month are looked through for an address. */
const LOOK_WITHIN_MS = 300_000
const tenantOption = { type: 'string', value: 'NAME', doc: 'Of this tenant; default: default.' } as const
const jsonOption = { type: 'boolean', doc: 'One JSON object.' } as const
const outOption = {
  type: 'string',
  value: 'FILE',
  doc: 'Where the signed receipt is written once it is done; "-": standard output, and all else to standard error.',
} as const

/** `erase`: everything of a person or conversation, after another person has approved it. */
export const erase = command({
  name: NAME,
  takes: [],
  summary: 'Ask for everything of a person or conversation to be erased; another person approves it.',
  details: [
    'SUBJECT is email:ADDRESS, conversation:ID, contact:ID or client:ID. All conversations with the person are erased as a whole, also what others said in',
    'them; --dry-run lists them, with the places and counts, and changes nothing. Once approved the data keys are destroyed, so that nobody reads any',
    'record of it, and tables, Redis, snapshots and the graph lose it. What is erased stays erased: what comes of it later is dropped.',
    'The command waits until somebody has decided and it is done; Ctrl-C ends the waiting alone (millrace erase show ID).',
    '',
    'millrace erase --subject email:ada@example.com --dry-run',
    'millrace erase --subject email:ada@example.com --reason "request 4711" --out receipt.json',
    'millrace erase --subject email:ada@example.com --reason "request 4711" --out - > receipt.json',
  ].join('\n'),
  options: {
    subject: { type: 'string', value: 'SUBJECT', doc: 'Whom or what. Needed.' },
    reason: { type: 'string', value: 'TEXT', doc: 'Why, for who approves it and the audit; without the name.' },
    'dry-run': { type: 'boolean', doc: 'Look and count only; nothing is written.' },
    'without-encryption': {
      type: 'boolean',
      doc: 'Erase although encryption is off: records in topics stay readable until they expire.',
    },
    out: outOption,
    tenant: tenantOption,
    json: jsonOption,
  },
  async run({ options }, terminal) {
    const {
      subject,
      reason = '',
      'dry-run': dry_run = false,
      'without-encryption': without_encryption = false,
    } = options
    if (subject === undefined) throw usage('--subject says whom or what', NAME)
    checkOut(options, NAME)
    const body: ErasureRequestInput = { subject, reason, dry_run, without_encryption }
    const client = requireConsole(WHAT, LOOK_WITHIN_MS)
    const path = { tenant: options.tenant ?? 'default' }
    const answer = await asked(client.POST('/api/v1/tenants/{tenant}/erasures', { params: { path }, body }))
    if ('subject_count' in answer) {
      tellPlan(answer, options.json === true, terminal)
      return 0
    }
    terminal.note(`${answer.erasure_id} waits for another person to approve it (${answer.approval_id})`)
    return await follow({ ...path, id: answer.erasure_id }, options, terminal)
  },
})

/** `erase show`: how far an erasure is, and its receipt. */
export const showErasure = command({
  name: 'erase show',
  takes: ['ID'],
  summary: 'Show how far an erasure is, and what it did.',
  options: { out: outOption, tenant: tenantOption, json: jsonOption },
  async run({ args: [id = ''], options }, terminal) {
    checkOut(options, 'erase show')
    const path = { tenant: options.tenant ?? 'default', id }
    const found = await asked(requireConsole(WHAT).GET('/api/v1/tenants/{tenant}/erasures/{id}', { params: { path } }))
    await tell(found, options, terminal)
    return 0
  },
})

/** `erase cancel`: a request that nobody has approved yet. */
export const cancelErasure = command({
  name: 'erase cancel',
  takes: ['ID'],
  summary: 'Take a request for erasure back, before it is approved.',
  options: { tenant: tenantOption, json: jsonOption },
  async run({ args: [id = ''], options }, terminal) {
    const path = { tenant: options.tenant ?? 'default', id }
    const ask = requireConsole(WHAT).POST('/api/v1/tenants/{tenant}/erasures/{id}/cancel', { params: { path } })
    await tell(await asked(ask), options, terminal)
    return 0
  },
})

/** `erase check`: whether a receipt is what the installation signed. */
export const checkErasure = command({
  name: 'erase check',
  takes: ['FILE'],
  summary: 'Check the signature of an erasure’s receipt.',
  details: [
    'By the public keys that MILLRACE_SECRET_KEYS gives, else by those of the console (MILLRACE_CONSOLE_URL), or by --key alone, for whoever has neither.',
    'Exit code 1 when it was altered, or signed by somebody else.',
  ].join('\n'),
  options: {
    key: { type: 'string', value: 'whpk_…', doc: 'The public key, as somebody you trust told it to you.' },
    tenant: tenantOption,
  },
  async run({ args: [file = ''], options }, terminal) {
    const parsed = parseJson(await readInput(file))
    const given = signedReceipt.safeParse(parsed.ok ? parsed.value : undefined)
    if (!given.success) throw usage(`${file} is no receipt of an erasure`, 'erase check')
    const verdict = checkReceipt(given.data, await keysFor(options))
    terminal.line(verdictWords[verdict])
    return verdict === 'good' ? 0 : 1
  },
})

const verdictWords = {
  good: 'good: signed by this installation, and as it was signed',
  altered: 'altered: it is not what was signed',
  unknown: 'unknown: it is whole, but signed by another key than those of this installation',
} as const

async function keysFor({
  key,
  tenant,
}: {
  readonly key?: string
  readonly tenant?: string
}): Promise<readonly string[]> {
  if (key !== undefined) return [key]
  const { secretKeys } = readCliSettings()
  if (secretKeys !== undefined) return receiptPublicKeys(parseSecretKeys(secretKeys))
  const path = { tenant: tenant ?? 'default' }
  const client = requireConsole('checking a receipt without MILLRACE_SECRET_KEYS or --key')
  return (await asked(client.GET('/api/v1/tenants/{tenant}/erasure-receipt-keys', { params: { path } }))).public_keys
}

interface TellOptions {
  readonly out?: string
  readonly json?: boolean
}

function checkOut({ out, json }: TellOptions, name: string): void {
  if (out === STANDARD_OUTPUT && json) throw usage('--out - has the receipt on standard output: leave out --json', name)
}

/** Also while it waits for approval: who asks wants to see it done. */
async function follow(path: { tenant: string; id: string }, options: TellOptions, terminal: Terminal): Promise<number> {
  const client = requireConsole(WHAT)
  const look = async () => {
    const found = await asked(client.GET('/api/v1/tenants/{tenant}/erasures/{id}', { params: { path } }))
    return found.state === 'waiting-for-approval' ? { ...found, state: 'running', waits_for: 'approval' } : found
  }
  const ended = await watchJob(await look(), look, terminal)
  await tell(ended as ErasureView, options, terminal)
  return jobExit(ended)
}

async function tell(found: ErasureView, { out, json }: TellOptions, terminal: Terminal): Promise<void> {
  if (out === STANDARD_OUTPUT) {
    if (found.receipt !== null) terminal.line(JSON.stringify(found.receipt, null, 2))
    tellErasure(found, { ...terminal, line: terminal.note })
    return
  }
  if (out !== undefined && found.receipt !== null) await writeOutput(out, `${JSON.stringify(found.receipt, null, 2)}\n`)
  if (json) {
    terminal.line(JSON.stringify(found))
    return
  }
  tellErasure(found, terminal)
}

function tellErasure(found: ErasureView, terminal: Terminal): void {
  terminal.line(jobLine(found.erasure_id, found))
  tellPlaces(found.places, terminal)
  const { receipt } = found
  if (receipt === null) return
  terminal.line(`last record expires ${receipt.last_record_expires}`)
  if (receipt.plain_records_until !== null)
    terminal.line(`records written before encryption was on stay readable until ${receipt.plain_records_until}`)
}

function tellPlan(plan: ErasurePlan, isJson: boolean, terminal: Terminal): void {
  if (isJson) {
    terminal.line(JSON.stringify(plan))
    return
  }
  const { subject_count, conversation_count } = plan
  terminal.line(
    `would erase ${subject_count} ${subject_count === 1 ? 'subject' : 'subjects'}, ${conversation_count} of them conversations:`,
  )
  for (const { kind, id } of plan.subjects) terminal.line(`  ${kind} ${id}`)
  if (plan.subject_count > plan.subjects.length)
    terminal.line(`  and ${plan.subject_count - plan.subjects.length} more`)
  tellPlaces(plan.places, terminal)
  if (plan.topics.length > 0)
    terminal.line(
      `not counted: records in ${plan.topics.join(', ')} and their dead letters become unreadable with the keys`,
    )
  terminal.line(`last record expires ${plan.last_record_expires}`)
  if (plan.obstacle !== null) terminal.line(`it would be refused: ${plan.obstacle}`)
  if (plan.places.every(({ count }) => count === 0))
    terminal.note('nothing of it is known here: is it written as it should be, or was it erased before?')
}

function tellPlaces(places: ErasureView['places'], terminal: Terminal): void {
  const rows = places.filter(({ count }) => count > 0).map(({ place, what, count }) => [String(count), what, place])
  if (rows.length > 0) terminal.line(textTable(['COUNT', 'WHAT', 'PLACE'], rows))
}
