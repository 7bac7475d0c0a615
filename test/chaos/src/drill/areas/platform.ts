import { join } from 'node:path'
import { over, stopped } from '../conditions.ts'
import type { Drill } from '../run-drills.ts'

const hoardFile = join(import.meta.dirname, '../hoard.main.ts')

export const platformDrills: readonly Drill[] = [
  {
    alerts: ['MillraceTargetDown', 'MillraceNoData'],
    where: { job: 'dedup' },
    condition: 'dedup is stopped',
    make: (here) => stopped(here, 'dedup'),
  },
  {
    alerts: ['MillraceServiceNotReady'],
    condition: 'Redis is stopped',
    make: async ({ stack }) => {
      await stack.redis.stop()
      return () => stack.redis.start()
    },
  },
  {
    alerts: ['MillraceTopicsUnderReplicated', 'MillracePartitionsOffline'],
    condition: 'one of two brokers is killed',
    make: async ({ stack }) => {
      const [, second] = stack.nodes
      await second?.kill()
      return () => second?.start()
    },
  },
  {
    alerts: ['MillraceProcessRestarting'],
    where: { job: 'handlers' },
    condition: 'handlers is killed again and again',
    make: async (here) => {
      const service = here.service('handlers')
      return over(async () => {
        await service.kill()
        await service.start()
      })
    },
  },
  {
    alerts: ['MillraceHeapNearLimit'],
    where: { job: 'mcp' },
    condition: 'mcp keeps whatever it gets',
    make: async (here) => {
      const [replica] = here.deployment.replicas('mcp')
      if (replica === undefined) throw new Error('mcp has no replica')
      const adminPort = Number(new URL(replica.service.adminUrl).port)
      const swap = async (env: Record<string, string>) => {
        for (const one of here.deployment.replicas('mcp')) await here.deployment.remove('mcp', one, 30_000)
        await here.deployment.add('mcp', { adminPort, env })
      }
      await swap({ NODE_OPTIONS: `--max-old-space-size=256 --max-semi-space-size=1 --import=${hoardFile}` })
      return () => swap({})
    },
  },
]
