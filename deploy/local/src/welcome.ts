import { type Env, portOf } from './local-env.ts'
import { services } from './services.ts'

/** What is where, and what to do next. */
export function welcome({ env, how, isSimulated }: { env: Env; how: string; isSimulated: boolean }): string {
  const gateway = services.find(({ name }) => name === 'gateway')?.http
  const url = `http://127.0.0.1:${gateway ? portOf(env, gateway) : 0}`
  return `
  Front webhooks   ${url}/api/webhooks/front
  Make requests    ${url}/api/webhook/make.com/chatgpt-clients
  Status           ${url}/api/status   (npm run status shows every service)
  Kafka            ${env.KAFKA_BROKERS}   (${how})
  Redis            ${shownUrl(env.REDIS_URL)}
  Logs             .local/logs    Secrets  .local/dev.env (your .env wins)

  Next:
    npm run demo                                    ${isSimulated ? 'the sample traffic again' : 'sample traffic'}
    npm run millrace -- --help                      tail a topic, send a file, add an endpoint
    Ctrl-C                                          ends everything; the data stays until npm run reset
`
}

function shownUrl(url = ''): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}
