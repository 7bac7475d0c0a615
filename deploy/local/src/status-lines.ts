import type { Readiness } from './readiness.ts'
import { coloured } from './say.ts'

export interface StatusRow extends Readiness {
  readonly name: string
  readonly address: string
}

/** One line for each part of the stack: name, address, process id where it is known, state. */
export function statusLines(rows: readonly StatusRow[], pids: Readonly<Record<string, number>>): string[] {
  const cells = rows.map(({ name, address }) => [name, address, pids[name] ? `pid ${pids[name]}` : ''] as const)
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return rows.map((row, index) => {
    const padded = cells[index]?.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
    return `${padded}  ${state(row)}`
  })
}

function state({ isReady, reason }: Readiness): string {
  const detail = reason ? ` (${reason})` : ''
  if (!isReady) return coloured('red', `not ready${detail}`)
  return detail ? coloured('yellow', `ready${detail}`) : coloured('green', 'ready')
}
