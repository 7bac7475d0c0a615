import { connectKafka, type Kafka } from '@millrace/kafka'
import { openOwnEncryption } from '@millrace/service-kit'
import { freshSamples, quietLog, type Sample } from '@millrace/test-support'
import { createAccount } from './demo/account.ts'
import { ensureDemoEndpoint } from './demo/demo-endpoint.ts'
import { readDemoSettings } from './demo/demo-settings.ts'
import { prepareFront } from './demo/follow-front.ts'
import { prepareMake } from './demo/follow-make.ts'
import { playStory } from './demo/play-story.ts'
import { type Posted, postSample, teachSimulator } from './demo/post-sample.ts'

const FOLLOW_WITHIN_MS = 30_000

/** Plays every sample once and tells the way of one Front event and one Make request, hop by hop. */
async function demo(): Promise<void> {
  const settings = readDemoSettings(process.env)
  const account = createAccount(console.log)
  // It writes only an endpoint, which is not encrypted.
  const keys = openOwnEncryption({ ...settings, encryption: false }, () => kafka, quietLog)
  const kafka: Kafka = connectKafka({
    brokers: settings.brokers,
    prefix: settings.kafkaPrefix,
    clientId: 'demo',
    log: quietLog,
    ...(keys.encryption === undefined ? {} : { cipher: keys.encryption.cipher }),
  })
  try {
    await checkGateway(settings.gatewayUrl)
    const endpointId = await ensureDemoEndpoint(kafka, settings)
    const followFront = await prepareFront(kafka, FOLLOW_WITHIN_MS, endpointId)
    const followMake = await prepareMake(kafka, FOLLOW_WITHIN_MS)
    const samples = followedLast(freshSamples())
    account.title(`Playing ${samples.length} samples, each with an id that was never used: ${settings.gatewayUrl}`)
    const posted: Posted[] = []
    for (const sample of samples) posted.push(await play(sample))
    const front = last(posted, 'front')
    const frontTitle = `The way of one event: ${front.sample.type} in ${front.sample.conversationId}`
    await account.way(front, frontTitle, () => followFront(front, account))
    const make = last(posted, 'make')
    const makeTitle = `One Make request: a task of ${make.sample.clientId}, answered from the graph that it made`
    await account.way(make, makeTitle, () => followMake(make, account))
    if (settings.simulatorUrl) {
      const { conversationId, sent, taken } = await playStory(settings.simulatorUrl, settings)
      account.title(`A conversation of the simulated Front, told by its own webhooks: ${conversationId}`)
      account.line(`${taken} of ${sent} webhooks taken: opened, tagged, assigned, commented, answered, archived`)
    }
    account.title('See for yourself:')
    const hints = [
      ...(settings.simulatorUrl
        ? [
            [
              `curl -s ${settings.simulatorUrl}/_control/life -H content-type:application/json -d '{"events_per_minute":60,"minutes":2}'`,
              'a team at work in the simulated Front',
            ] as const,
          ]
        : []),
      ['npm run millrace -- tail webhooks.events.v1', 'every event, each once'],
      ['npm run millrace -- tail conversations.snapshots.v1', 'what is known of each conversation'],
      ...(endpointId === null
        ? []
        : [[`curl -s ${settings.receiverUrl}/_control/requests`, 'what the customer got'] as const]),
    ] as const
    for (const [command, what] of hints) account.line(`${command.padEnd(51)}   ${what}`)
  } finally {
    await kafka.close()
    await keys.close()
  }

  async function play(sample: Sample): Promise<Posted> {
    if (settings.simulatorUrl && sample.provider === 'front') await teachSimulator(sample, settings.simulatorUrl)
    const result = await postSample(sample, settings)
    account.line(
      `${result.status} in ${String(result.tookMs).padStart(4)} ms  ${sample.name.padEnd(49)} ${sample.type}`,
    )
    if (result.status < 200 || result.status > 299)
      throw new Error(`the gateway refused ${sample.name}: ${JSON.stringify(result.answer)}`)
    return result
  }
}

async function checkGateway(url: string): Promise<void> {
  const isUp = await fetch(`${url}/api/status`, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.ok,
    () => false,
  )
  if (!isUp)
    throw new Error(
      `no gateway answers at ${url}: start one with \`npm start\`, or name another with MILLRACE_GATEWAY_URL`,
    )
}

/** The full event that is followed goes out after the others: a delivery service learns of a new endpoint a moment after it was written. */
function followedLast(samples: readonly Sample[]): Sample[] {
  const isFollowed = (sample: Sample): boolean => sample.name === 'front/app-webhook.inbound_received.json'
  return [...samples.filter((sample) => !isFollowed(sample)), ...samples.filter(isFollowed)]
}

function last(posted: readonly Posted[], provider: Sample['provider']): Posted {
  const found = posted.findLast(({ sample }) => sample.provider === provider)
  if (!found) throw new Error(`no sample of ${provider}`)
  return found
}

await demo().catch((error: unknown) => {
  console.error(`demo: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
})
