/** Ends a progress line; `isDone` false (default true) when it came to nothing. */
export type Done = (isDone?: boolean) => void

/** Tells the person at the terminal what is going on. */
export interface Say {
  line(text: string): void
  /** Shows that something runs, with the seconds it has taken; call what is returned when it is over. */
  progress(text: string): Done
}

const isTerminal = process.stdout.isTTY === true
const eraseLine = '\r\x1b[2K'
/** What runs now, the innermost last; on a terminal that one has the counting line at the bottom. */
const running: { draw(): void }[] = []

/** Writes to stdout: on a terminal a counting line, elsewhere a line at the beginning, every 10 s and at the end. */
export const sayAloud: Say = {
  line(text) {
    if (isTerminal && running.length > 0) process.stdout.write(eraseLine)
    console.log(text)
    if (isTerminal) running.at(-1)?.draw()
  },
  progress(text) {
    const began = Date.now()
    const seconds = (): number => (Date.now() - began) / 1000
    const mine = {
      draw(): void {
        if (isTerminal) process.stdout.write(`${eraseLine}${text} … ${Math.round(seconds())} s`)
        else console.log(`${text} … ${Math.round(seconds())} s`)
      },
    }
    running.push(mine)
    mine.draw()
    const timer = setInterval(() => running.at(-1) === mine && mine.draw(), isTerminal ? 1_000 : 10_000)
    return (isDone = true) => {
      clearInterval(timer)
      running.splice(running.indexOf(mine), 1)
      if (isTerminal) process.stdout.write(eraseLine)
      sayAloud.line(`${text}: ${isDone ? '' : 'failed after '}${seconds().toFixed(1)} s`)
    }
  },
}

/** Does a piece of work under a progress line. */
export async function withProgress<T>(say: Say, text: string, work: () => Promise<T>): Promise<T> {
  const done = say.progress(text)
  try {
    const result = await work()
    done()
    return result
  } catch (error) {
    done(false)
    throw error
  }
}

/** Says nothing, for tests. */
export const sayNothing: Say = { line: () => {}, progress: () => () => {} }

/** Text in a colour on a terminal, as it is elsewhere and where NO_COLOR is set. */
export function coloured(colour: 'red' | 'green' | 'yellow' | 'bold', text: string): string {
  if (!isTerminal || process.env.NO_COLOR) return text
  return `\x1b[${{ red: 31, green: 32, yellow: 33, bold: 1 }[colour]}m${text}\x1b[0m`
}
