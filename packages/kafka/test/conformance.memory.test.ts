import { onTestFinished } from 'vitest'
import { connectMemoryKafka, createMemoryCluster } from '../src/memory/index.ts'
import { conformance } from './conformance.ts'

conformance('memory', () => {
  const cluster = createMemoryCluster()
  return () => {
    const kafka = connectMemoryKafka({ cluster, prefix: 'p.' })
    onTestFinished(() => kafka.close(1_000))
    return kafka
  }
})
