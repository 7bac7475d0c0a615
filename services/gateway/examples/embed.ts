// A program of one's own that takes GitHub's webhooks, without Kafka: each proven event goes to a function.
import { createGateway } from '@millrace/gateway'

const gateway = await createGateway({
  sources: [{ name: 'github', provider: 'github' }],
  settings: { host: '127.0.0.1', port: Number(process.env.PORT ?? 8080) },
})
gateway.registerSecret('github', process.env.GITHUB_WEBHOOK_SECRET ?? '')
gateway.registerRoute('github', async (event) => {
  // GitHub gets 2xx once this has resolved; when it throws, 503, and GitHub's redelivery repeats it.
  console.log(`${event.type} ${event.webhookId} ${event.payload.length} bytes`)
})
console.log(`post to ${await gateway.listen()}/api/webhooks/github`)
process.once('SIGTERM', () => void gateway.close())
