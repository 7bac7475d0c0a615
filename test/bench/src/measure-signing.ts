import {
  frontApp,
  frontRule,
  newEd25519KeyPair,
  type Scheme,
  sign,
  standardWebhooksV1a,
  verify,
} from '@millrace/signing'

const megabyte = 1_000_000

interface Case {
  readonly name: string
  readonly scheme: Scheme
  readonly body: Buffer
  readonly secrets: readonly string[]
  /** Signs with a secret that the receiver has not: the path of a forged request. */
  readonly isForged?: boolean
}

/** Milliseconds that each of `runs` checks took, by case. */
export function measureSigning(runs = 500): Map<string, number[]> {
  return new Map(cases().map((benchCase) => [benchCase.name, measure(benchCase, runs)]))
}

function cases(): Case[] {
  const pair = newEd25519KeyPair()
  return [
    { name: 'front app, 2 KB', scheme: frontApp, body: jsonOf(2_000), secrets: ['right'] },
    { name: 'front app, 1 MB', scheme: frontApp, body: jsonOf(megabyte), secrets: ['right'] },
    { name: 'front app, 1 MB, two secrets', scheme: frontApp, body: jsonOf(megabyte), secrets: ['old', 'right'] },
    { name: 'front rule, 1 MB', scheme: frontRule, body: jsonOf(megabyte), secrets: ['right'] },
    { name: 'front rule, 1 MB, forged', scheme: frontRule, body: jsonOf(megabyte), secrets: ['other'], isForged: true },
    {
      name: 'standard webhooks v1a, 1 MB',
      scheme: standardWebhooksV1a,
      body: jsonOf(megabyte),
      secrets: [pair.secretKey],
    },
  ]
}

/** JSON of at least `size` bytes, with spaces, so that its compact form differs from it. */
function jsonOf(size: number): Buffer {
  const message = {
    id: 'evt_1a2b3c',
    text: 'The parcel has not arrived yet. '.repeat(8),
    tags: [1, 2, 3],
    is_inbound: true,
  }
  const messages = Array.from({ length: Math.ceil(size / 360) }, () => message)
  return Buffer.from(JSON.stringify({ type: 'inbound', messages }, null, 1))
}

function measure({ scheme, body, secrets, isForged = false }: Case, runs: number): number[] {
  const now = Date.now()
  const headers = sign(scheme, { body, timestamp: now, id: 'msg_1' }, isForged ? 'forged' : (secrets.at(-1) ?? ''))
  const named = secrets.map((secret) => ({ id: 's', secret }))
  const once = () => verify(scheme, { headers, body }, named, now).ok
  for (let warmUp = 0; warmUp < 20; warmUp++) once()
  return Array.from({ length: runs }, () => {
    const start = performance.now()
    const accepted = once()
    const took = performance.now() - start
    if (accepted === isForged) throw new Error(`${scheme.name}: unexpected verdict`)
    return took
  })
}
