// Asks a service beside it how it is: `node health.js URL`. The exit code is 0 when it answers with 2xx within 3 s. No image has curl or a shell for this.
import { get } from 'node:http'

const request = get(process.argv[2] ?? '', { timeout: 3_000 }, ({ statusCode = 500 }) =>
  process.exit(statusCode < 300 ? 0 : 1),
)
request.once('timeout', () => request.destroy(new Error('no answer within 3 s')))
request.once('error', () => process.exit(1))
