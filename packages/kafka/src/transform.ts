import type { Topic } from '@millrace/schemas'
import { withDeadline } from './backoff.ts'
import type { VerbContext } from './consume.ts'
import { createGroupHealth } from './group-health.ts'
import { startLag } from './lag.ts'
import { createPartitionOwner, type PartitionOwner } from './partition-owner.ts'
import { type FetchedRecord, type MemberPort, partitionKey, type TopicPartition } from './port.ts'
import { count, handOver } from './telemetry.ts'
import { createPartitionWorker, type PartitionWorker } from './transform-partition.ts'
import type { RunningTransform, TransformOptions } from './types.ts'
import { until } from './until.ts'

/** The transform verb: one worker, and one fenced transactional producer, for each input partition. */
export function startTransform<V>(
  verbs: VerbContext,
  partitionsOf: (topic: string) => Promise<number>,
  options: TransformOptions<V>,
): RunningTransform<V> {
  const { mapper, port, log } = verbs
  const group = mapper.group(options.group)
  const sources = new Map(options.from.map((topic) => [mapper.physical(topic), topic]))
  const workers = new Map<string, PartitionWorker>()
  const health = createGroupHealth()
  const admin = port.admin()
  const tables = Promise.all((options.tables ?? []).map((table) => table.ready)).then(() => undefined)
  // A table that closes before it was read is a shutdown; partitions see it when they wait for it.
  tables.catch(() => {})

  const transactionalId = (tp: TopicPartition) =>
    options.isTogether ? `${group}.${tp.partition}` : `${group}.${tp.topic.slice(verbs.prefix.length)}.${tp.partition}`
  const owners = new Map<string, PartitionOwner>()
  /** One for all topics of a partition number where they are folded together. */
  const ownerOf = (tp: TopicPartition): PartitionOwner => {
    const id = transactionalId(tp)
    const owner = owners.get(id) ?? createPartitionOwner(() => port.fence(id))
    owners.set(id, owner)
    return owner
  }

  // Every partition of a fenced group asks for it; one join answers them all.
  let isRejoining = false
  const rejoin = (reason: string) => {
    if (isRejoining) return
    isRejoining = true
    void member.rejoin(reason).finally(() => {
      isRejoining = false
      // Fenced again since it joined: that one's wish was not heard.
      const isStuck = [...workers.values()].some((worker) => worker.isOver())
      if (isStuck && closed === undefined) rejoin('fenced while joining')
    })
  }

  const member: MemberPort = port.member({
    group,
    topics: [...sources.keys()],
    isReadCommitted: true,
    from: 'beginning',
    events: {
      assigned: (partitions) => {
        health.joined(partitions.map(partitionKey))
        for (const tp of partitions) assign(tp)
      },
      kept: (tp) => workers.get(partitionKey(tp))?.kept(),
      lost: (partitions) => {
        for (const tp of partitions) release(tp)
      },
      records: (tp, records, from) => receive(tp, records, from),
      rebalancing: () => {
        health.rebalancing()
        count.rebalance(options.group)
      },
      passed: (tp, next) => {
        workers.get(partitionKey(tp))?.pass(next)
        health.passed(partitionKey(tp), next)
      },
      fatal: verbs.fatal,
    },
  })

  const assign = (tp: TopicPartition) => {
    const worker = createPartitionWorker<V>({
      tp,
      source: sources.get(tp.topic) as Topic<V>,
      group,
      transform: options,
      verbs,
      ready: tables,
      member,
      owner: ownerOf(tp),
      committed: async () =>
        (await admin.committed(group, tp.topic)).get(tp.partition) ??
        (await admin.bounds(tp.topic)).get(tp.partition)?.low ??
        0n,
      partitionsOf,
      rejoin,
      repositioned: (next) => health.moved(partitionKey(tp), next),
    })
    workers.set(partitionKey(tp), worker)
    worker.start()
  }

  const release = (tp: TopicPartition) => {
    workers.get(partitionKey(tp))?.stop()
    workers.delete(partitionKey(tp))
    health.lost(partitionKey(tp))
    // A new assignment starts with a fence of its own: what is still being ended here cannot commit after it.
    owners.delete(transactionalId(tp))
  }

  const receive = (tp: TopicPartition, records: readonly FetchedRecord[], from: bigint) => {
    const worker = workers.get(partitionKey(tp))
    if (worker === undefined) return
    const topic = sources.get(tp.topic)?.name ?? tp.topic
    const place = { group: options.group, topic, partition: tp.partition }
    health.checkGap(from, tp, place, log)
    handOver({ ...place, batch: records.length, links: records.map(({ headers }) => headers) }, () =>
      worker.add(records),
    )
    count.consumed(topic, options.group, records.length)
  }

  const joined = member.start()
  count.zeros(options.group, sources.values())
  const endLag = startLag({
    admin,
    group: options.group,
    sources,
    positions: () =>
      Array.from(workers.values(), (worker) => ({ worker, read: health.position(partitionKey(worker.tp)) })).flatMap(
        ({ worker, read }) => {
          // Without work in hand all that was read is done, also what is no record (transaction markers), which is committed only after a quiet time.
          const next = worker.waiting() === 0 ? read : worker.committed()
          return next === undefined ? [] : [{ ...worker.tp, next, writtenAt: worker.oldestWrittenAt() }]
        },
      ),
  })
  let closed: Promise<void> | undefined
  const close = async (deadlineMs: number) => {
    endLag()
    const all = [...workers.values()]
    for (const worker of all) worker.finish()
    await withDeadline(Promise.all(all.map((worker) => worker.idle())), deadlineMs)
    await withDeadline(member.stop(), 5_000)
    await withDeadline(Promise.all(all.map((worker) => worker.stop())), 2_000)
    await admin.close()
  }

  return {
    joined,
    caughtUp: async (signal) => {
      const ends = await verbs.ends([...sources.keys()])
      const isIdle = () => [...workers.values()].every((worker) => worker.waiting() === 0)
      await until(() => member.isJoined() && health.reached(ends) && isIdle(), signal)
    },
    health: () => {
      const all = [...workers.values()]
      const waiting = all.reduce((sum, worker) => sum + worker.waiting(), 0)
      return health.report(member.isJoined(), waiting, Math.max(0, ...all.map((worker) => worker.oldestMs())))
    },
    fenceAll: async () => {
      const ids = new Set<string>()
      for (const topic of sources.keys()) {
        const partitions = await partitionsOf(topic)
        for (let partition = 0; partition < partitions; partition++) ids.add(transactionalId({ topic, partition }))
      }
      for (const id of ids) {
        const fenced = await port.fence(id)
        await fenced.close()
      }
    },
    committed: (topic) => admin.committed(group, mapper.physical(topic)),
    close: (deadlineMs = 10_000) => {
      closed ??= close(deadlineMs)
      return closed
    },
  }
}
