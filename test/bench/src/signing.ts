// How long the check of one signature takes, by scheme and size.
import { startReport } from '@millrace/local'
import { percentile } from '@millrace/test-support'
import { measureSigning } from './measure-signing.ts'

const report = startReport('bench signing')
report.progress('checking signatures')
for (const [name, times] of measureSigning()) {
  report.figure(`${name}, p50 ms`, percentile(times, 50))
  report.figure(`${name}, p99 ms`, percentile(times, 99), { atMost: name.endsWith('forged') ? 5 : 10 })
}
await report.finish()
