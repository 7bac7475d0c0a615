import { TEST_WITHIN_MS } from '@millrace/operations'
import { changeEndpoints } from './change-endpoints.ts'
import { command } from './command.ts'

/** Beyond the try: the console's own part. */
const ANSWER_WITHIN_MS = TEST_WITHIN_MS + 10_000

/** `endpoints test`: one delivery through the whole service, as every other goes. */
export const testEndpoint = command({
  name: 'endpoints test',
  takes: ['ID'],
  summary: 'Send an endpoint one delivery (type endpoint.test), and show what came of the first try.',
  details:
    'The delivery service sends it as it sends all others, signed and within the limits. Exit code 1 when the try failed.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
    json: { type: 'boolean', doc: 'The attempt as one JSON object.' },
  },
  run: ({ args: [id = ''], options: { tenant, json } }, terminal) =>
    changeEndpoints(
      terminal,
      async (endpoints) => {
        const { delivery_id, attempt } = await endpoints.test({ id, tenant }, terminal.signal)
        if (json) terminal.line(JSON.stringify({ delivery_id, ...attempt }))
        else
          terminal.line(
            `${attempt.outcome}  ${attempt.error_code ?? ''} ${attempt.status_code === null ? 'no answer' : `status ${attempt.status_code}`} after ${attempt.duration_ms} ms  ${delivery_id}`.replaceAll(
              / {3,}/g,
              '  ',
            ),
          )
        if (attempt.error_code === 'MR_DELIVERY_ENDPOINT_DISABLED' || attempt.error_code === 'MR_DELIVERY_GONE')
          terminal.note(`it is disabled: millrace endpoints enable ${id} lets it get deliveries again`)
        return attempt.outcome === 'succeeded' ? 0 : 1
      },
      { timeoutMs: ANSWER_WITHIN_MS },
    ),
})
