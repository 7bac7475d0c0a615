import { checkKeys, type KeysReport, rewrapKeys, secretKeysFrom } from '@millrace/operations'
import { topics } from '@millrace/schemas'
import { type KeyWrapper, localKeyWrapper } from '@millrace/signing'
import { command } from './command.ts'
import type { CliSettings } from './settings.ts'
import { withKafka } from './with-kafka.ts'

const json = { json: { type: 'boolean', doc: 'The report as one JSON object.' } } as const

/** `keys check`: whether what is encrypted could be read with the master keys at hand, those of a backup as well. */
export const checkDataKeys = command({
  name: 'keys check',
  takes: [],
  summary: 'Try whether MILLRACE_SECRET_KEYS opens every data key, by which records are encrypted.',
  details: [
    `Reads ${topics.keys.name} alone and changes nothing. Run it with the master keys of a backup to know that the backup is good.`,
    'Exit code 1 when one of the data keys does not open: what it encrypted can then be read by nobody.',
  ].join('\n'),
  options: json,
  run: async ({ options }, terminal) => {
    const report = await withKafka(({ kafka, settings }) => checkKeys(kafka, wrapperOf(settings), terminal.signal))
    if (options.json) terminal.line(JSON.stringify(report))
    else for (const line of linesOf(report)) terminal.line(line)
    return report.unopened > 0 ? 1 : 0
  },
})

/** `keys rewrap`: the step between a new master key and taking the old one out. */
export const rewrapDataKeys = command({
  name: 'keys rewrap',
  takes: [],
  summary: 'Wrap every data key anew with the current key of MILLRACE_SECRET_KEYS.',
  details: [
    'To change the master key: put a new one last in MILLRACE_SECRET_KEYS of every service and restart them all, then first, and restart again; run this and',
    'millrace endpoints reseal; take the old one out. Records stay as they are, since their data keys do. Run again it goes on where it stopped.',
    'Exit code 1 when a data key does not open with any of the keys; it is left as it is.',
  ].join('\n'),
  options: json,
  run: async ({ options }, terminal) => {
    const report = await withKafka(async ({ kafka, settings, encryption }) => {
      const done = await rewrapKeys(kafka, wrapperOf(settings), terminal.signal)
      // Services look into Redis, which has them as they were.
      await encryption?.refill()
      return done
    })
    const { rewrapped, destroyed_again: again } = report
    if (options.json) terminal.line(JSON.stringify(report))
    else {
      terminal.line(`${rewrapped} of ${report.keys} data keys were wrapped anew`)
      if (again > 0) terminal.line(`${again} of them were erased meanwhile, and are destroyed`)
      if (report.unopened > 0) terminal.line(`${report.unopened} do not open with any of MILLRACE_SECRET_KEYS`)
    }
    return report.unopened > 0 ? 1 : 0
  },
})

function wrapperOf({ secretKeys }: CliSettings): KeyWrapper {
  return localKeyWrapper(secretKeysFrom(secretKeys))
}

function linesOf({ keys, destroyed, by_master_key, unopened }: KeysReport): string[] {
  return [
    `${keys} data keys, ${destroyed} destroyed ones whose nulls are still there`,
    ...Object.entries(by_master_key).map(([master, count]) => `${count} wrapped by ${master}`),
    unopened === 0 ? 'all of them open' : `${unopened} do not open: what they encrypted can be read by nobody`,
  ]
}
