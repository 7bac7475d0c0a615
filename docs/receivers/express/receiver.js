// A receiver in Express: WEBHOOK_SECRET=whsec_… node receiver.js
import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

// SQLite here; any database with a primary key does.
const inbox = new DatabaseSync(process.env.INBOX ?? 'inbox.sqlite')
inbox.exec('CREATE TABLE IF NOT EXISTS webhook (id TEXT PRIMARY KEY, type TEXT, body BLOB)')
const add = inbox.prepare('INSERT INTO webhook (id, type, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
const webhook = new Webhook(process.env.WEBHOOK_SECRET)

const app = express()

// The bytes as they came: express.json() would leave only what was parsed, which no longer fits the signature.
app.post('/webhooks', express.raw({ type: '*/*', limit: '4mb' }), (request, response) => {
  let event
  try {
    event = webhook.verify(request.body, request.headers)
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error
    return response.status(401).send('bad signature')
  }
  // Do your own writes in the same transaction, or work from the table later. `changes` is 0 when the webhook has been here before.
  add.run(request.headers['webhook-id'], event.type ?? 'message', request.body)
  response.sendStatus(204)
})

app.listen(Number(process.env.PORT ?? 8000), '127.0.0.1')
