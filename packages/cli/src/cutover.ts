import { type ParityReport, parityReport } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { readMode } from '@millrace/operations'
import type { Source } from '@millrace/service-kit'
import { command } from './command.ts'
import { changeMode, findModedSource, modeText, shareOf, shareOptions } from './mode-records.ts'
import { NOT_SAFE, readFindings } from './parity.ts'
import { withKafka } from './with-kafka.ts'

const DAY_MS = 86_400_000

/** `cutover`: webhooks count from now on, for all conversations or a part of them. Never needs approval. */
export const cutover = command({
  name: 'cutover',
  takes: ['SOURCE'],
  summary: 'Let webhooks count from now on, for all conversations or a part of them.',
  details: [
    'Says what the last 24 h of comparing tell about it, and does it: millrace rollback SOURCE goes back at once.',
    `With --dry-run it changes nothing; the exit code is then 0 when it is safe, ${NOT_SAFE} when it is not or that is not known.`,
    '',
    'millrace cutover front --percent 10',
    'millrace cutover front --inbox inb_1,inb_2',
    'millrace cutover front',
  ].join('\n'),
  options: {
    ...shareOptions,
    'dry-run': { type: 'boolean', doc: 'Only say what the comparison tells and what would change.' },
  },
  run: ({ args: [name = ''], options }, terminal) => {
    const share = shareOf(options, 'cutover')
    return withKafka(async (connected) => {
      const { kafka, settings } = connected
      const moded = await findModedSource(settings, name)
      const before = await readMode(kafka, moded.source)
      const verdict = await verdictOf(kafka, moded.source, terminal.signal)
      const now = modeText(before ?? { mode: 'webhook', inboxes: [], percent: 100 })
      if (options['dry-run']) {
        terminal.line(verdict.sentence)
        terminal.line(`is     ${now}`)
        terminal.line(`would  ${modeText({ ...share, mode: 'webhook' })}`)
        return verdict.isSafe ? 0 : NOT_SAFE
      }
      const record = await changeMode(connected, moded, { ...share, mode: 'webhook' }, terminal)
      terminal.note(verdict.sentence)
      terminal.line(`was  ${now}`)
      terminal.line(`now  ${modeText(record)}`)
      terminal.note('Every replica follows within 5 s; what was held back comes by the next poll.')
      terminal.note(`Watch it with millrace parity ${name} --since 1h; go back with millrace rollback ${name}.`)
      return 0
    })
  },
})

/** `rollback`: polling counts from now on, for all conversations. Never needs approval. */
export const rollback = command({
  name: 'rollback',
  takes: ['SOURCE'],
  summary: 'Let polling count from now on, for all conversations; webhooks are stored and held back.',
  options: {},
  run: ({ args: [name = ''] }, terminal) =>
    withKafka(async (connected) => {
      const { kafka, settings } = connected
      const moded = await findModedSource(settings, name)
      const before = await readMode(kafka, moded.source)
      const record = await changeMode(connected, moded, { mode: 'polling', inboxes: [], percent: 100 }, terminal)
      terminal.line(`was  ${modeText(before ?? { mode: 'webhook', inboxes: [], percent: 100 })}`)
      terminal.line(`now  ${modeText(record)}`)
      terminal.note(
        'Every replica follows within 5 s; polling goes on from where it was, so nothing is lost or doubled.',
      )
      return 0
    }),
})

async function verdictOf(kafka: Kafka, source: Source, signal: AbortSignal): Promise<ParityReport['verdict']> {
  const now = Date.now()
  const findings = await readFindings(kafka, source, { signal })
  return parityReport(findings, now - DAY_MS, now).verdict
}
