import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { type CertificatePair, FRONT_PATH, selfSigned, signFront, waitFor } from '@millrace/test-support'
import { afterAll, expect, test } from 'vitest'
import { frontSource, install, secrets } from './support/installation.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-tls-'))
const files = { tlsCertFile: join(dir, 'tls.crt'), tlsKeyFile: join(dir, 'tls.key') }
afterAll(() => rmSync(dir, { recursive: true }))

function write({ cert, key }: CertificatePair): void {
  writeFileSync(files.tlsCertFile, cert)
  writeFileSync(files.tlsKeyFile, key)
}

const body = Buffer.from('{"type":"comment","id":"evt_1"}')
const [first, second] = [selfSigned('first'), selfSigned('second')]
const ca = [first.cert, second.cert]

function post(port: number, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = signFront(body, 'app', secrets.front)
    const sending = request({ port, path: FRONT_PATH, method: 'POST', agent, headers, ca }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    sending.on('error', (error) => resolve(error.message))
    sending.end(body)
  })
}

/** The name in the certificate that a new connection is shown. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.end()
    }).on('error', reject)
  })
}

test('a changed certificate is used for new connections, and requests on open ones never notice', async () => {
  write(first)
  const at = await install({ settings: files, sources: [{ ...frontSource, rateLimitPerMinute: 1_000_000 }] })
  const port = Number(new URL(at.url).port)
  const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const outcomes: (number | string)[] = []
  let isRunning = true
  try {
    const clients = agents.map(async (agent) => {
      while (isRunning) outcomes.push(await post(port, agent))
    })
    expect(await shownName(port)).toBe('first')
    writeFileSync(files.tlsCertFile, 'half a certificate')
    await waitFor(() => at.log.find((line) => 'level' in line && line.level === 'warn' && 'reason' in line), {
      what: 'the warning of a broken pair',
    })
    expect(await shownName(port)).toBe('first')
    write(second)
    await waitFor(async () => (await shownName(port)) === 'second', { what: 'the second certificate' })
    await waitFor(() => outcomes.length > 10, { what: 'some requests' })
    isRunning = false
    await Promise.all(clients)
    expect(new Set(outcomes)).toEqual(new Set([200]))
  } finally {
    isRunning = false
    for (const agent of agents) agent.destroy()
    await at.close()
  }
})

test('TLS below 1.2 and plain HTTP are not answered on a TLS port', async () => {
  write(first)
  const at = await install({ settings: files })
  try {
    const port = Number(new URL(at.url).port)
    const old = new Promise((resolve, reject) => {
      connect({ port, ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, () => resolve('connected')).on('error', reject)
    })
    await expect(old).rejects.toThrow()
    await expect(at.post(FRONT_PATH, body)).rejects.toThrow()
  } finally {
    await at.close()
  }
})

test('a certificate without its key, or with another’s, is named at the start', async () => {
  await expect(install({ settings: { tlsCertFile: files.tlsCertFile } })).rejects.toThrow('GATEWAY_TLS_KEY_FILE')
  write({ cert: first.cert, key: second.key })
  await expect(install({ settings: files })).rejects.toThrow('no pair')
})
