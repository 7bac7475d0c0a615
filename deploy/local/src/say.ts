/** Tells the person at the terminal what is going on. */
export interface Say {
  line(text: string): void
  /** Shows that something runs, with the seconds it has taken; call what is returned when it is over. */
  progress(text: string): () => void
}

/** Writes to stdout: on a terminal a counting line, elsewhere one line every 10 s. */
export const sayAloud: Say = {
  line: (text) => console.log(text),
  progress(text) {
    const began = Date.now()
    const isTerminal = process.stdout.isTTY === true
    if (!isTerminal) console.log(`${text} …`)
    const show = (): void => {
      const seconds = Math.round((Date.now() - began) / 1000)
      if (isTerminal) process.stdout.write(`\r\x1b[2K${text} … ${seconds} s`)
      else console.log(`  … ${seconds} s`)
    }
    if (isTerminal) show()
    const timer = setInterval(show, isTerminal ? 1_000 : 10_000)
    return () => {
      clearInterval(timer)
      const seconds = ((Date.now() - began) / 1000).toFixed(1)
      if (isTerminal) process.stdout.write(`\r\x1b[2K${text}: ${seconds} s\n`)
      else console.log(`  done in ${seconds} s`)
    }
  },
}

/** Says nothing, for tests. */
export const sayNothing: Say = { line: () => {}, progress: () => () => {} }
