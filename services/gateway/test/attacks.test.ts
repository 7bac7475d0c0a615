import {
  type Attack,
  createRandom,
  createRequestPool,
  describeOutcome,
  exchangeRaw,
  FRONT_PATH,
  fuzzInputs,
  httpAttacks,
  isExpected,
  postBytes,
  signatureAttacks,
  slowAttacks,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installation, install, secrets } from './support/installation.ts'

let at: Installation
beforeAll(async () => {
  at = await install({ settings: { headersTimeoutMs: 1_000, requestTimeoutMs: 2_000 } })
})
afterAll(() => at.close())

const target = () => ({ port: Number(new URL(at.url).port), path: FRONT_PATH, secret: secrets.front })
const AT_ONCE = 12

/** Those of the attacks that were answered otherwise than they must be. */
async function wronglyAnswered(attacks: readonly Attack[]): Promise<string[]> {
  const wrong: string[] = []
  const left = [...attacks]
  const attacker = async () => {
    for (let attack = left.shift(); attack !== undefined; attack = left.shift()) {
      const seen = describeOutcome(await exchangeRaw(target(), attack.parts(target()), attack.options))
      if (!isExpected(attack, seen)) wrong.push(`${attack.group}: ${attack.name}: ${seen}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, attacker))
  return wrong
}

test('every forged, stale, doubled, truncated or monstrous webhook gets its answer', async () => {
  expect(await wronglyAnswered(signatureAttacks)).toEqual([])
})

test('every lie about lengths, smuggled request, flood of headers and strange protocol gets its answer', async () => {
  expect(await wronglyAnswered(httpAttacks)).toEqual([])
})

test('clients that take their time are dropped', async () => {
  expect(await wronglyAnswered(slowAttacks)).toEqual([])
})

test('some hundred generated requests get an answer made for them, never a fault of ours', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const inputs = fuzzInputs({ random: createRandom(seed), ...target() })
  const statuses = new Set<number | string>()
  let left = 400
  const client = async () => {
    const pool = createRequestPool({ ...target(), maxConnections: 1 })
    while (left-- > 0) {
      const { raw, headers, body } = inputs.next().value ?? { headers: {}, body: Buffer.alloc(0) }
      const answers =
        raw === undefined
          ? [(await pool.send(postBytes(FRONT_PATH, body, headers))).answer?.status ?? 'none']
          : (await exchangeRaw(target(), [raw], { quietMs: 0, deadlineMs: 200 })).answers.map(({ status }) => status)
      for (const status of answers) statuses.add(status)
    }
    pool.close()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  const refusals = [100, 200, 400, 401, 404, 405, 408, 413, 415, 431]
  expect({ seed, strange: [...statuses].filter((status) => !refusals.includes(Number(status))) }).toEqual({
    seed,
    strange: [],
  })
  expect(at.log.filter((line) => 'message' in line && line.message === 'a request failed by a fault of ours')).toEqual(
    [],
  )
})
