import { defaultMode, type ModeRule } from '@millrace/domain'
import { readMode, readPosition } from '@millrace/operations'
import type { IngestMode } from '@millrace/schemas'
import { command, usage } from './command.ts'
import { changeMode, findModedSource, modeJson, modeLines, shareOf, shareOptions } from './mode-records.ts'
import { withKafka } from './with-kafka.ts'

const modes = ['webhook', 'polling', 'parallel'] as const

/** `mode`: by which way the events of a source count; shown, or set. Every replica follows within 5 s. */
export const mode = command({
  name: 'mode',
  takes: ['SOURCE', '[MODE]'],
  summary: 'Show or set by which way the events of a source count.',
  details: [
    'MODE is webhook, polling or parallel; without it and without a share the mode is shown.',
    'webhook: webhooks count, polling fills gaps. polling: what is polled counts; webhooks are verified, stored and held back.',
    'parallel: both count, each event once, and millrace parity compares them.',
    '',
    'millrace mode front',
    'millrace mode front parallel',
    'millrace mode front webhook --percent 10',
  ].join('\n'),
  options: { ...shareOptions, json: { type: 'boolean', doc: 'One JSON object.' } },
  run: ({ args: [name = '', wanted], options }, terminal) => {
    const share = shareOf(options, 'mode')
    const isSet = wanted !== undefined || options.percent !== undefined || options.inbox !== undefined
    return withKafka(async (connected) => {
      const { kafka, settings } = connected
      const moded = await findModedSource(settings, name)
      const before = await readMode(kafka, moded.source)
      if (isSet) await changeMode(connected, moded, { ...share, mode: modeOf(wanted, before, share) }, terminal)
      const record = isSet ? await readMode(kafka, moded.source) : before
      const position = await readPosition(kafka, moded.source)
      const shown = { moded, record, position }
      if (options.json) terminal.line(modeJson(shown))
      else for (const line of modeLines(shown)) terminal.line(line)
      return 0
    })
  },
})

function modeOf(
  wanted: string | undefined,
  before: IngestMode | undefined,
  { percent, inboxes }: Pick<ModeRule, 'percent' | 'inboxes'>,
): ModeRule['mode'] {
  const found = modes.find((each) => each === (wanted ?? before?.mode ?? defaultMode.mode))
  if (found === undefined) throw usage(`MODE is ${modes.join(', ')}, not "${wanted}"`, 'mode')
  if (found === 'polling' && (percent < 100 || inboxes.length > 0))
    throw usage(
      'polling is for all conversations: narrow what webhooks count for (millrace cutover SOURCE --percent N)',
      'mode',
    )
  return found
}
