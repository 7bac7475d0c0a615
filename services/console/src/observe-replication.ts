import type { Kafka } from '@millrace/kafka'
import { allTopics } from '@millrace/schemas'
import { closeOrder, type ServiceContext } from '@millrace/service-kit'

type Replication = Awaited<ReturnType<Kafka['replication']>>

/** Brokers are asked for each topic, some sixty requests. */
const LOOK_EVERY_MS = 30_000

/** Tells how the topics are replicated, as last known. Here, as this is the service that may describe all of them. */
export function observeReplication({ kafka, meter, log, onClose }: Parts): void {
  let found: Replication | undefined
  let looking = false
  const look = async () => {
    if (looking) return
    looking = true
    try {
      found = await kafka.replication(allTopics())
    } catch (error) {
      log.debug({ error: (error as Error).message }, 'replication of topics is not known')
    } finally {
      looking = false
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  void look()
  onClose('replication', async () => clearInterval(timer), { order: closeOrder.intake })
  meter
    .createObservableGauge('millrace.kafka.partitions', {
      description:
        'Partitions of our topics by state: total, under-replicated (a replica is not in sync), offline (no leader; at least 1 of each such topic).',
    })
    .addCallback((result) => {
      if (found === undefined) return
      const { total, underReplicated, offline } = found
      result.observe(total, { state: 'total' })
      result.observe(underReplicated, { state: 'under-replicated' })
      result.observe(offline, { state: 'offline' })
    })
}

type Parts = Pick<ServiceContext<unknown>, 'kafka' | 'meter' | 'log' | 'onClose'>
