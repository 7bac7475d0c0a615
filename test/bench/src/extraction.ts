// How well texts are read, against labelled ones of two halves (one kept from tuning), and how fast texts and tasks are on one core.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root, startReport } from '@millrace/local'

const MIN_PRECISION = 0.95
const MIN_RECALL = 0.85

interface Score {
  readonly labelled: number
  readonly precision: number
  readonly recall: number
}

/** What services/knowledge-graph/test/text/measure-extraction.main.ts prints. */
interface Measured {
  readonly texts: Readonly<Record<string, number>>
  readonly domains: number
  readonly scores: Readonly<Record<string, Readonly<Record<string, Score>>>>
  readonly textsWithCountry: number
  readonly scoresWithoutCountry: Readonly<Record<string, Score>>
  readonly characters: number
  readonly textsPerSecond: number
  readonly tasksPerSecond: number
  readonly tasksWithTextPerSecond: number
  readonly slowest: { readonly ms: number; readonly text: string }
}

const report = startReport('bench extraction')
report.note('reading the labelled texts and tasks; about 15 seconds of one core')
const script = join(root, 'services/knowledge-graph/test/text/measure-extraction.main.ts')
const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: root })
const measured: Measured = JSON.parse(stdout)

report.figure('labelled texts', measured.texts.all ?? 0, { atLeast: 120 })
report.figure('of which kept from tuning', measured.texts['held-out'] ?? 0)
report.figure('domains', measured.domains)
for (const [half, kinds] of Object.entries(measured.scores)) {
  // The target holds for the whole and for what was not tuned by; the other half is only shown.
  const isJudged = half !== 'dev'
  for (const [kind, { labelled, precision, recall }] of Object.entries(kinds)) {
    report.figure(`${half}, ${kind}: labelled`, labelled)
    report.figure(`${half}, ${kind}: precision`, rounded(precision), isJudged ? { atLeast: MIN_PRECISION } : {})
    report.figure(`${half}, ${kind}: recall`, rounded(recall), isJudged ? { atLeast: MIN_RECALL } : {})
  }
}
report.note('the figures above are those of accounts that say the country that the labels do')
report.figure('texts whose label says a country', measured.textsWithCountry)
report.note('the same texts for an account that says neither; not judged')
for (const [kind, { precision, recall }] of Object.entries(measured.scoresWithoutCountry)) {
  report.figure(`all without country, ${kind}: precision`, rounded(precision))
  report.figure(`all without country, ${kind}: recall`, rounded(recall))
}
report.figure('characters a text', measured.characters)
report.figure('texts a second of one core', measured.textsPerSecond)
report.figure('tasks a second of one core, without text', measured.tasksPerSecond, { atLeast: 1_000 })
report.figure('tasks a second of one core, with a text each', measured.tasksWithTextPerSecond)
report.figure('slowest of the texts of 64 KiB that are built to be slow, ms', measured.slowest.ms, { atMost: 50 })
report.note(`the slowest is made of ${measured.slowest.text}`)
await report.finish()

/** Three decimals, rounded down, so that 0.9499 does not pass as 0.95. */
function rounded(rate: number): number {
  return Math.floor(rate * 1_000) / 1_000
}
