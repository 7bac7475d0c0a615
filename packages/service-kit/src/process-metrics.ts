import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Meter } from '@opentelemetry/api'

const gcKinds: Record<number, string> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

/**
 * Event loop, heap, garbage collection and CPU, by the names of OpenTelemetry's conventions for Node.js
 * (https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/). Returns what stops it.
 */
export function observeProcess(meter: Meter): () => void {
  const stopLoop = observeEventLoop(meter)
  const stopGc = observeGarbageCollection(meter)
  observeMemory(meter)
  observeCpu(meter)
  return () => {
    stopLoop()
    stopGc()
  }
}

function observeEventLoop(meter: Meter): () => void {
  // Each sample wakes the process up, also when it is idle.
  const delay = monitorEventLoopDelay({ resolution: 50 })
  delay.enable()
  const p50 = meter.createObservableGauge('nodejs.eventloop.delay.p50', {
    unit: 's',
    description: 'Median delay of the event loop since the last scrape.',
  })
  const p99 = meter.createObservableGauge('nodejs.eventloop.delay.p99', {
    unit: 's',
    description: '99th percentile of the event loop delay since the last scrape.',
  })
  const max = meter.createObservableGauge('nodejs.eventloop.delay.max', {
    unit: 's',
    description: 'Longest delay of the event loop since the last scrape.',
  })
  const utilization = meter.createObservableGauge('nodejs.eventloop.utilization', {
    unit: '1',
    description: 'Share of time in which the event loop was not idle since the last scrape.',
  })
  let last = performance.eventLoopUtilization()
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(p50, delay.percentile(50) / 1e9)
      result.observe(p99, delay.percentile(99) / 1e9)
      result.observe(max, delay.max / 1e9)
      delay.reset()
      const now = performance.eventLoopUtilization()
      result.observe(utilization, performance.eventLoopUtilization(now, last).utilization)
      last = now
    },
    [p50, p99, max, utilization],
  )
  return () => delay.disable()
}

function observeGarbageCollection(meter: Meter): () => void {
  const duration = meter.createHistogram('v8js.gc.duration', {
    unit: 's',
    description: 'Time of garbage collections.',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1] },
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = (entry as PerformanceEntry & { detail?: { kind?: number } }).detail?.kind ?? 0
      duration.record(entry.duration / 1000, { 'v8js.gc.type': gcKinds[kind] ?? 'other' })
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

function observeMemory(meter: Meter): void {
  const resident = meter.createObservableGauge('process.memory.usage', { unit: 'By', description: 'Resident memory.' })
  const heapUsed = meter.createObservableGauge('v8js.memory.heap.used', { unit: 'By', description: 'Heap in use.' })
  const heapLimit = meter.createObservableGauge('v8js.memory.heap.limit', {
    unit: 'By',
    description: 'Heap at which V8 gives up.',
  })
  const external = meter.createObservableGauge('nodejs.memory.external', {
    unit: 'By',
    description: 'Memory of buffers outside the heap.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      const usage = process.memoryUsage()
      result.observe(resident, usage.rss)
      result.observe(heapUsed, usage.heapUsed)
      result.observe(heapLimit, getHeapStatistics().heap_size_limit)
      result.observe(external, usage.external)
    },
    [resident, heapUsed, heapLimit, external],
  )
}

function observeCpu(meter: Meter): void {
  const time = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'Processor time used.' })
  const uptime = meter.createObservableGauge('process.uptime', {
    unit: 's',
    description: 'Time since the process started.',
  })
  time.addCallback((result) => {
    const { user, system } = process.cpuUsage()
    result.observe(user / 1e6, { 'cpu.mode': 'user' })
    result.observe(system / 1e6, { 'cpu.mode': 'system' })
  })
  uptime.addCallback((result) => result.observe(process.uptime()))
}
