import { createLife, type Deployment, FRONT_PATH, live } from '@millrace/test-support'
import { askConsole, askForTasks, askModelServer } from '../restart/askers.ts'

/** What comes in on a good day: a living Front, scenarios that wait for answers, people and a model who read. */
export interface BaseLoad {
  /** Nothing comes to the gateway until `resume`. */
  pause(): Promise<void>
  resume(): void
  stop(): Promise<void>
}

const EVENTS_PER_MINUTE = 180

export async function startBaseLoad(deployment: Deployment): Promise<BaseLoad> {
  const { front, webhookSecret } = deployment.system
  await front.webhooks.add({ kind: 'app', url: `${deployment.gatewayUrl}${FRONT_PATH}`, secret: webhookSecret })
  const life = createLife(front.world, front.company, { seed: 1, conversations: 100 })
  const readers = [askConsole(deployment), await askModelServer(deployment)]
  let pauseSending = startSending()

  function startSending(): () => Promise<void> {
    const ending = new AbortController()
    const { signal } = ending
    const count = Number.MAX_SAFE_INTEGER
    const living = live(life, { eventsPerMinute: EVENTS_PER_MINUTE, count, signal }).catch(() => {})
    const tasks = askForTasks(deployment)
    return async () => {
      ending.abort()
      await Promise.all([living, tasks.stop()])
    }
  }
  return {
    pause: () => pauseSending(),
    resume: () => {
      pauseSending = startSending()
    },
    async stop() {
      await Promise.all([pauseSending(), ...readers.map((reader) => reader.stop())])
    },
  }
}
