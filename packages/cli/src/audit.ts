import { type ChainHead, type ChainReport, readAudit, verifyChain } from '@millrace/operations'
import { parseSecretKeys } from '@millrace/signing'
import { command, usage } from './command.ts'
import { readCliSettings } from './settings.ts'
import { withKafka } from './with-kafka.ts'

const name = 'audit verify'

/** `audit verify`: by the topic alone, so that nobody has to believe the console. */
export const verifyAudit = command({
  name,
  takes: [],
  summary: 'Check the chain of the audit topic: that no entry was altered, put in or taken out.',
  details: [
    'Reads the topic alone, not the console. Each entry holds the hash of the one before; with MILLRACE_SECRET_KEYS it is also checked that the console',
    'wrote it. What was cut off at the end is found only by an entry that you noted earlier: note the head, and give it with --expect the next time.',
    'Exit code 1 when the chain does not hold.',
    '',
    'millrace audit verify --expect 1042:3b5d…',
  ].join('\n'),
  options: {
    expect: { type: 'string', value: 'NUMBER:HASH', doc: 'An entry that must be there, as an earlier check told it.' },
    json: { type: 'boolean', doc: 'The report as one JSON object.' },
  },
  run: async ({ options: { expect, json } }, terminal) => {
    const expected = expect === undefined ? undefined : headOf(expect)
    const { secretKeys } = readCliSettings()
    const keys = secretKeys === undefined ? undefined : parseSecretKeys(secretKeys)
    const report = await withKafka(({ kafka }) => verifyChain(readAudit(kafka, terminal.signal), { keys, expected }))
    if (json) terminal.line(JSON.stringify(report))
    else for (const line of reportLines(report, keys !== undefined)) terminal.line(line)
    return report.state === 'broken' ? 1 : 0
  },
})

function headOf(text: string): ChainHead {
  const found = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text)
  if (found === null)
    throw usage('--expect is a number, a colon and 64 hexadecimal digits, as audit verify shows them', name)
  return { sequence: Number(found[1]), hash: found[2] ?? '' }
}

function reportLines(report: ChainReport, hasKeys: boolean): string[] {
  const { state, entries, repeated, first_sequence, head, head_at, macs, problems, problem_count } = report
  const at = head_at === null ? '' : `  ${new Date(head_at).toISOString()}`
  const more = problem_count - problems.length
  return [
    `chain    ${state === 'empty' ? 'empty: nothing was done yet' : state}`,
    ...(entries === 0
      ? []
      : [
          `entries  ${entries}, from number ${first_sequence}${repeated > 0 ? `; ${repeated} records repeat one` : ''}`,
        ]),
    ...(entries === 0 ? [] : [`head     ${head.sequence}:${head.hash}${at}`]),
    ...(entries === 0 ? [] : [`written  ${writtenBy(macs, hasKeys)}`]),
    ...problems.map(({ offset, sequence, rule, detail }) => {
      const place = [sequence === null ? '' : `entry ${sequence}`, offset === null ? '' : `offset ${offset}`]
      return `broken   ${place.filter((part) => part !== '').join(', ') || 'at the end'}: ${detail} (${rule})`
    }),
    ...(more > 0 ? [`         and ${more} more`] : []),
  ]
}

function writtenBy({ good, unchecked }: ChainReport['macs'], hasKeys: boolean): string {
  if (!hasKeys) return 'not checked by whom: MILLRACE_SECRET_KEYS is not set'
  const rest = unchecked > 0 ? `; ${unchecked} have no mac, or one of a key that is not among them` : ''
  return `${good} by who has MILLRACE_SECRET_KEYS${rest}`
}
