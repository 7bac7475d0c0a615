import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { type FollowedTopic, followTopic } from './follow-topic.ts'

/** What has to be made of a load, in the order in which a note tells of it. */
export const stageNames = ['events', 'snapshots', 'deliveries', 'observations', 'graph'] as const
export type Stage = (typeof stageNames)[number]

export interface Stages {
  /** Looks how far everything is, and notes since when a stage is done. True once all are. */
  look(): Promise<boolean>
  /** Seconds after `began` (by `performance.now()`) at which each was done; of one that is not, until now. */
  seconds(began: number): ReadonlyMap<Stage, number>
  /** One line for people who wait. */
  text(): string
  /** Observations that the fold has to take in: what events and snapshots tell, and what nodes tell each other. */
  observations(): number
  stop(): Promise<void>
}

/** Follows a load of so many events through everything that is made of them; `delivered` counts deliveries. */
export async function followStages(
  kafka: Kafka,
  count: number,
  delivered: { count(): number; wanted: number },
): Promise<Stages> {
  const [events, snapshots, observations] = await Promise.all([
    followTopic(kafka, topics.events),
    followTopic(kafka, topics.snapshots),
    followTopic(kafka, topics.observations),
  ])
  const doneAt = new Map<Stage, number>()
  const areDone: Readonly<Record<Stage, () => boolean | Promise<boolean>>> = {
    events: () => events.count() >= count,
    snapshots: () => handledBy(events, ['conversation-snapshot']),
    deliveries: async () =>
      delivered.count() >= delivered.wanted && (await handledBy(events, ['delivery-request', 'delivery-processed'])),
    observations: async () =>
      (await handledBy(events, ['knowledge-extract'])) && (await handledBy(snapshots, ['knowledge-snapshots'])),
    graph: () => handledBy(observations, ['knowledge-fold']),
  }
  const isDone = async (stage: Stage, before: boolean): Promise<boolean> => {
    const is = before && (await areDone[stage]())
    if (!is) doneAt.delete(stage)
    else if (!doneAt.has(stage)) doneAt.set(stage, performance.now())
    return is
  }
  return {
    async look() {
      const hasEvents = await isDone('events', true)
      const hasSnapshots = await isDone('snapshots', hasEvents)
      const hasDeliveries = await isDone('deliveries', hasEvents)
      const hasObservations = await isDone('observations', hasSnapshots)
      return (await isDone('graph', hasObservations)) && hasDeliveries
    },
    seconds: (began) =>
      new Map(stageNames.map((stage) => [stage, ((doneAt.get(stage) ?? performance.now()) - began) / 1_000] as const)),
    text: () => {
      const waiting = stageNames.filter((stage) => !doneAt.has(stage))
      return `${events.count()} of ${count} events, ${delivered.count()} of ${delivered.wanted} deliveries; not done: ${waiting.join(', ')}`
    },
    observations: () => observations.count(),
    async stop() {
      await Promise.all([events.stop(), snapshots.stop(), observations.stop()])
    },
  }
}

async function handledBy(topic: FollowedTopic, groups: readonly string[]): Promise<boolean> {
  const handled = await Promise.all(groups.map((group) => topic.isHandledBy(group)))
  return handled.every(Boolean)
}
