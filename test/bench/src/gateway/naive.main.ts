// The gateway that one writes in an afternoon: Fastify, one HMAC, one parse, and one kafkajs `send` (acks all) for each request.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { PATH } from './requests.ts'

const { PORT, KAFKA_BROKERS = '', TOPIC = '', WEBHOOK_SECRET = '' } = process.env
const kafka = new Kafka({ clientId: 'naive', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
await producer.connect()

const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
app.post(PATH, async (request, reply) => {
  const body = request.body as Buffer
  const given = Buffer.from(String(request.headers['x-front-signature']), 'base64')
  const timestamp = String(request.headers['x-front-request-timestamp'])
  const own = createHmac('sha256', WEBHOOK_SECRET).update(`${timestamp}:`).update(body).digest()
  if (given.length !== own.length || !timingSafeEqual(given, own)) return reply.code(401).send({ error: 'signature' })
  const event = JSON.parse(body.toString())
  const id = randomUUID()
  await producer.send({
    topic: TOPIC,
    acks: -1,
    messages: [{ key: event.payload.conversation.id, value: body, headers: { 'x-webhook-id': id } }],
  })
  return reply.header('x-webhook-id', id).send({ webhook_id: id, status: 'accepted', events: 1 })
})
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.once('SIGTERM', () => process.exit(0))
