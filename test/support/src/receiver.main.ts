import { newSecret } from '@millrace/signing'
import { startReceiver } from './receiver.ts'
import { closeOnSignal, placeFromEnv, portFromEnv } from './standalone.ts'

const given = process.env.RECEIVER_SECRET
const secret = given || newSecret()
const receiver = await startReceiver({
  port: portFromEnv('RECEIVER_PORT', 8098),
  ...placeFromEnv('RECEIVER'),
  secret,
})
closeOnSignal(receiver)
console.log(`receiver ready on ${receiver.url}${given ? '' : ` (RECEIVER_SECRET=${secret})`}`)
