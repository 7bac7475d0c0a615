import { rmSync } from 'node:fs'
import { benchDir } from './paths.ts'
import { type Say, sayAloud } from './say.ts'

/** How a figure is judged; without a target it is only shown. */
export interface Target {
  readonly atMost?: number
  readonly atLeast?: number
  readonly exactly?: number | string | boolean
}

export interface Figure extends Target {
  readonly name: string
  readonly value: number | string | boolean
}

/** What a benchmark or a chaos run tells while it works, and what it found. */
export interface Report {
  /** For the data of the run, under `.local/bench`; deleted when every target was met. */
  readonly dir: string
  readonly say: Say
  /** One line with the seconds since the beginning, at most one a second. */
  progress(text: string): void
  /** One line that must not be left out. */
  note(text: string): void
  /** Keeps a figure; its name is its key in the JSON line. */
  figure(name: string, value: number | string | boolean, target?: Target): void
  /**
   * Prints the table and, as the last line, one JSON object with every figure and `pass`, and ends the process: exit code
   * 0, or 1 when a target was missed. Close everything first.
   */
  finish(): Promise<never>
}

/** Begins the report of a script, such as `chaos kill`. */
export function startReport(name: string): Report {
  const began = Date.now()
  const dir = benchDir(name.replaceAll(' ', '-'))
  const figures: Figure[] = []
  let shownAt = 0
  const note = (text: string): void => {
    shownAt = Date.now()
    sayAloud.line(`[${String(Math.round((shownAt - began) / 1000)).padStart(4)} s] ${text}`)
  }
  return {
    dir,
    say: sayAloud,
    note,
    progress(text) {
      if (Date.now() - shownAt >= 1_000) note(text)
    },
    figure: (figureName, value, target = {}) => void figures.push({ ...target, name: figureName, value }),
    async finish() {
      const { table, json, pass } = summarise(name, (Date.now() - began) / 1000, figures)
      if (pass) rmSync(dir, { recursive: true, force: true })
      else note(`a target was missed; data and logs are in ${dir}`)
      // A pipe may still hold earlier lines; the process ends when this one has been taken.
      await new Promise<void>((resolve) => process.stdout.write(`${table}\n${json}\n`, () => resolve()))
      process.exit(pass ? 0 : 1)
    },
  }
}

/** The table for people and the line for programs. */
export function summarise(
  name: string,
  seconds: number,
  figures: readonly Figure[],
): { table: string; json: string; pass: boolean } {
  const pass = figures.every(isMet)
  const values = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]))
  return { table: table(figures), json: JSON.stringify({ name, seconds, ...values, pass }), pass }
}

function isMet({ value, atMost, atLeast, exactly }: Figure): boolean {
  // A missing measurement (NaN) misses its target, whichever way it is compared.
  if (atMost !== undefined && !(typeof value === 'number' && value <= atMost)) return false
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast)) return false
  return exactly === undefined || value === exactly
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [figure.name, shown(figure), ...judged(figure)])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map(([name = '', value = '', wanted = '', result]) =>
      `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${wanted.padEnd(widths[2] ?? 0)}  ${result}`.trimEnd(),
    )
    .join('\n')
}

function shown({ value }: Figure): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value)
}

function target({ atMost, atLeast, exactly }: Target): string {
  const parts = [
    atLeast === undefined ? '' : `>= ${atLeast}`,
    atMost === undefined ? '' : `<= ${atMost}`,
    exactly === undefined ? '' : `= ${exactly}`,
  ]
  return parts.filter(Boolean).join(' and ')
}

/** Its target, and whether it was met, in words; both are empty without one. */
export function judged(figure: Figure): readonly [wanted: string, verdict: string] {
  const wanted = target(figure)
  if (wanted === '') return ['', '']
  return [wanted, isMet(figure) ? 'met' : 'MISSED']
}
