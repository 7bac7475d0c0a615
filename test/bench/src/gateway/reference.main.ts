// The reference: what HTTP itself costs. Reads the body and answers as many bytes as the gateway does.
import { createServer } from 'node:http'

const answer = JSON.stringify({ webhook_id: '019cb8b1-7400-7000-8000-000000000001', status: 'accepted', events: 1 })
const server = createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
    response.end(answer)
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
