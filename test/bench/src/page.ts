// How long the console's first page takes on this machine, and how many bytes it needs: a whole npm start, Chromium, an empty cache.
import { buildPage, findChromium, loadFirstPage, startConsole } from '@millrace/console-web/test-support'
import { LocalError, startReport } from '@millrace/local'
import { percentile } from '@millrace/test-support'

const LOADS = 20

if (findChromium() === undefined)
  throw new LocalError('MR_LOCAL_SETTING', 'There is no Chromium here: install one, or name one by CHROMIUM_PATH.')
const report = startReport('bench page')
report.note('building the page, starting Millrace')
await buildPage()
const running = await startConsole()
const loads: { readonly bytes: number; readonly ms: number }[] = []
for (let load = 1; load <= LOADS; load += 1) {
  loads.push(await loadFirstPage(running))
  report.progress(`load ${load} of ${LOADS}`)
}
await running.close()
const times = loads.map(({ ms }) => ms)
report.figure('first page, gzip bytes', Math.max(...loads.map(({ bytes }) => bytes)), { atMost: 300 * 1_024 })
report.figure('figures shown after, p50 ms', percentile(times, 50), { atMost: 1_000 })
report.figure('figures shown after, p90 ms', percentile(times, 90))
await report.finish()
