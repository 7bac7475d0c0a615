import { writeFileSync } from 'node:fs'

/** `well`; a dead letter; an error that is tried again; no end until it is told otherwise. */
export type HandlerMood = 'well' | 'fail' | 'again' | 'hang'

/** A team's handler that does with each comment as it is told. */
export interface ObedientHandler {
  /** Text of the module. */
  readonly text: string
  tell(mood: HandlerMood): void
}

export function createObedientHandler(file: string): ObedientHandler {
  const tell = (mood: HandlerMood) => writeFileSync(file, mood)
  tell('well')
  const text = `import { readFileSync } from 'node:fs'
import { on, permanent, transient } from '@millrace/handlers'
const mood = () => readFileSync(${JSON.stringify(file)}, 'utf8')
on('comment.added', async (event, ctx) => {
  if (mood() === 'fail') throw permanent('told to fail')
  if (mood() === 'again') throw transient('told to fail for a while')
  while (mood() === 'hang' && !ctx.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 100))
  await ctx.emit('seen', {})
})
`
  return { text, tell }
}
