import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Say } from './say.ts'
import { removeAtEnd } from './watchdog.ts'

/** What a figure must be for the run to pass. */
export interface Target {
  readonly exactly?: number
  readonly atLeast?: number
  readonly atMost?: number
}

/**
 * What a script of `test/bench` or `test/chaos` tells: one line of progress while it runs, a table at the end, and a last line of one JSON object
 * with every figure and `pass`.
 */
export interface Report {
  /** A directory for the run's data, removed at its end. */
  readonly dir: string
  /** For the stack's own progress. */
  readonly say: Say
  /** What goes on now; on a terminal it replaces the line before. */
  progress(text: string): void
  /** Something to know beside the figures. */
  note(text: string): void
  figure(name: string, value: number, target?: Target): void
  /** Prints table and last line; the exit code is 1 when a target was missed. */
  finish(): Promise<void>
}

interface Figure {
  readonly name: string
  readonly value: number
  readonly target: Target | undefined
}

/** Begins a report. */
export function startReport(name: string): Report {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-run-'))
  removeAtEnd(dir)
  const started = performance.now()
  const figures: Figure[] = []
  const notes: string[] = []
  let lastShown = 0

  const progress = (text: string) => {
    const line = `${name} ${((performance.now() - started) / 1_000).toFixed(0)} s: ${text}`
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 100) - 1)}`)
    else if (performance.now() - lastShown > 5_000) {
      lastShown = performance.now()
      process.stderr.write(`${line}\n`)
    }
  }

  return {
    dir,
    say: {
      line: progress,
      progress: (text) => {
        progress(text)
        return () => {}
      },
    },
    progress,
    note: (text) => void notes.push(text),
    figure: (figure, value, target) => void figures.push({ name: figure, value, target }),
    finish: async () => {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
      for (const line of [...table(figures), ...notes.map((text) => `note: ${text}`)]) process.stdout.write(`${line}\n`)
      const pass = figures.every(holds)
      const values = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]))
      process.stdout.write(
        `${JSON.stringify({ name, ...values, seconds: Math.round((performance.now() - started) / 1_000), pass })}\n`,
      )
      process.exitCode = pass ? 0 : 1
    },
  }
}

function holds({ value, target }: Figure): boolean {
  const { exactly, atLeast, atMost } = target ?? {}
  return (
    (exactly === undefined || value === exactly) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost)
  )
}

function table(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length))
  return figures.map((figure) => {
    const wanted = words(figure.target)
    const verdict = wanted === '' ? '' : holds(figure) ? `  ok (${wanted})` : `  MISSED (${wanted})`
    return `${figure.name.padEnd(width)}  ${format(figure.value).padStart(10)}${verdict}`
  })
}

function words({ exactly, atLeast, atMost }: Target = {}): string {
  if (exactly !== undefined) return `= ${exactly}`
  return [atLeast === undefined ? '' : `>= ${atLeast}`, atMost === undefined ? '' : `<= ${atMost}`]
    .filter((text) => text !== '')
    .join(', ')
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1)
}
