// Prints, as one line of JSON, how well the labelled texts are read and how fast texts and tasks are, on one core. `npm run bench -- extraction` judges it.
import { extractEvent } from '../../src/extract-event.ts'
import { extractorFor } from '../../src/extractors.ts'
import { mentionsIn } from '../../src/text/mentions-in.ts'
import { eventOf, RECEIVED_AT, richBody } from '../support/events.ts'
import { halves, labelledTexts, readLabelled, readWithoutCountry, type Score, scoreMentions } from './score-mentions.ts'
import { slowTexts } from './slow-texts.ts'

const WARM_UP_MS = 1_000
const MEASURE_MS = 3_000

const texts = halves.flatMap(labelledTexts)
const withTexts = texts.map(({ text }) =>
  eventOf({ ...richBody, task: { ...Object(richBody.task), description: text } }),
)
const quality = [...halves.map((half) => [half, labelledTexts(half)] as const), ['all', texts] as const]

console.log(
  JSON.stringify({
    texts: Object.fromEntries(quality.map(([name, some]) => [name, some.length])),
    domains: new Set(texts.map(({ domain }) => domain)).size,
    scores: Object.fromEntries(quality.map(([name, some]) => [name, scoresOf(some, readLabelled)])),
    textsWithCountry: texts.filter((text) => text.default_region !== undefined).length,
    scoresWithoutCountry: scoresOf(texts, readWithoutCountry),
    characters: Math.round(texts.reduce((sum, { text }) => sum + text.length, 0) / texts.length),
    textsPerSecond: perSecond(texts, readLabelled),
    tasksPerSecond: perSecond([eventOf(richBody)], extract),
    tasksWithTextPerSecond: perSecond(withTexts, extract),
    slowest: slowest(),
  }),
)

function scoresOf(some: typeof texts, read: typeof readLabelled): Record<string, Score> {
  return Object.fromEntries(scoreMentions(some, read).scores)
}

/** The way of a task from the event's bytes to the records that it writes, without Kafka. */
function extract(event: ReturnType<typeof eventOf>): void {
  const extractor = extractorFor(event)
  if (extractor === undefined || extractEvent(event, extractor, RECEIVED_AT).status !== 'processed') {
    throw new Error('the task was not read')
  }
}

function perSecond<T>(inputs: readonly T[], work: (input: T) => unknown): number {
  run(inputs, work, WARM_UP_MS)
  return Math.round(run(inputs, work, MEASURE_MS))
}

/** Times a second of this process's own time, so that what else runs on the machine does not count. */
function run<T>(inputs: readonly T[], work: (input: T) => unknown, forMs: number): number {
  const started = cpuMs()
  let done = 0
  while (cpuMs() - started < forMs) {
    for (const input of inputs) work(input)
    done += inputs.length
  }
  return done / ((cpuMs() - started) / 1_000)
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The longest that one text of 64 KiB takes of those that are built to take long; the better of three tries, since the first one compiles. */
function slowest(): { readonly ms: number; readonly text: string } {
  const all = slowTexts().flatMap(({ name, text }) =>
    (['plain', 'html'] as const).map((format) => ({ ms: bestOfThree(text, format), text: `${name} (${format})` })),
  )
  return all.reduce((worst, each) => (each.ms > worst.ms ? each : worst))
}

function bestOfThree(text: string, format: 'plain' | 'html'): number {
  const times = [0, 1, 2].map(() => {
    const started = cpuMs()
    mentionsIn(text, { format, receivedAt: RECEIVED_AT })
    return cpuMs() - started
  })
  return Math.round(Math.min(...times) * 10) / 10
}
