import { setTimeout as pause } from 'node:timers/promises'
import { command, usage } from './command.ts'
import { readDuration, writeDuration } from './read-duration.ts'

const DEFAULT_MS = 28_800_000
const LONGEST_MS = 86_400_000

/** `toolbox`: what runs in the pod of the chart's toolbox, beside which commands are run by `kubectl exec`. */
export const toolbox = command({
  name: 'toolbox',
  takes: [],
  summary: 'Stay open, so that commands can be run beside it with the settings of an installation (kubectl exec).',
  details: [
    'The pod of the chart’s toolbox runs it: a command that is run beside it has its terminal, its input and its exit code for itself, and',
    'nothing that it says gets into the log of a pod. It does nothing by itself, and ends when it is told to or its time is over.',
  ].join('\n'),
  options: {
    for: {
      type: 'string',
      value: 'DURATION',
      doc: `End by itself after this time: 30m, 2h, at most 24h. Default ${writeDuration(DEFAULT_MS)}.`,
    },
  },
  async run({ options }, terminal) {
    const lastsMs = options.for === undefined ? DEFAULT_MS : readDuration(options.for)
    if (lastsMs === undefined || lastsMs < 1 || lastsMs > LONGEST_MS)
      throw usage(`--for is a time up to 24h, such as 30m or 2h, not "${options.for}"`, 'toolbox')
    terminal.line(`open for ${writeDuration(lastsMs)}: kubectl exec -it POD -- node main.js COMMAND`)
    await pause(lastsMs, undefined, { signal: terminal.signal }).catch((error: Error) => {
      if (!terminal.signal.aborted) throw error
    })
    return 0
  },
})
