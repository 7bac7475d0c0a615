import { setTimeout as sleep } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { eventValue, replayOf } from '@millrace/test-support'
import { keepDoing, over, standStill, stopped } from '../conditions.ts'
import type { Installation } from '../installation.ts'
import type { HandlerMood } from '../obedient-handler.ts'
import { removeRecords } from '../remove-records.ts'
import type { Drill } from '../run-drills.ts'

/** Comments that a team's handler takes in a certain mood. */
function comments({ deployment, handler }: Installation, mood: HandlerMood): () => Promise<void> {
  const { company } = deployment.system.front
  handler.tell(mood)
  let turn = 0
  const end = keepDoing(4, () => void company.comment(`cnv_drill${turn++ % 20}`, 'A drill'))
  return async () => {
    handler.tell('well')
    await end()
  }
}

export const consumerDrills: readonly Drill[] = [
  {
    alerts: ['MillraceDeadLetters'],
    where: { group: 'handlers' },
    condition: 'a team’s handler fails for good',
    make: async (here) => comments(here, 'fail'),
  },
  {
    alerts: ['MillraceRecordRetrySpike'],
    where: { group: 'handlers' },
    condition: 'a team’s handler asks for each event again',
    make: async (here) => comments(here, 'again'),
  },
  {
    alerts: ['MillraceConsumerStuck', 'MillraceBacklogOld'],
    where: { group: 'handlers' },
    condition: 'a team’s handler does not come back',
    make: async (here) => comments(here, 'hang'),
  },
  {
    alerts: ['MillraceFreshnessErrorBudgetBurn'],
    condition: 'conversation-refresh stands still for 40 s',
    make: async (here) => {
      await standStill(here, 'conversation-refresh', 40_000)
      return () => {}
    },
  },
  {
    alerts: ['MillraceConsumerRebalancing'],
    where: { group: 'dedup' },
    condition: 'replicas of dedup come and go',
    make: async ({ deployment }) => over(async () => deployment.remove('dedup', await deployment.add('dedup'), 30_000)),
  },
  {
    alerts: ['MillraceLedgerBehind'],
    condition: 'Postgres is stopped',
    make: async ({ postgres }) => {
      await postgres.stop()
      return () => postgres.start()
    },
  },
  {
    alerts: ['MillraceOffsetGap'],
    where: { group: 'handlers' },
    condition: 'records are removed before a stopped consumer has read them',
    make: async (here) => {
      const { stack, deployment } = here
      await publishReplays(here, 'evt_before')
      const start = await stopped(here, 'handlers')
      await publishReplays(here, 'evt_removed')
      await sleep(5_000)
      await removeRecords(stack.brokers, `${deployment.system.prefix}${topics.replays.name}`)
      await start()
      return () => {}
    },
  },
]

/** Replays for a group that nobody has, in all partitions. */
async function publishReplays({ kafka }: Installation, name: string): Promise<void> {
  for (let nth = 0; nth < 40; nth++) {
    const event = eventValue({ event_id: `${name}${nth}`, conversation_id: `cnv_${name}${nth}` })
    const replay = replayOf(event, { target_kind: 'group', target: 'nobody' })
    await kafka.send(topics.replays, topicKey(event.tenant, event.conversation_id ?? ''), replay)
  }
}
