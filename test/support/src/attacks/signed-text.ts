import { signFront } from '../sign-samples.ts'
import type { Attack, AttackTarget } from './attack.ts'
import { freshBody } from './signature-attacks.ts'

export interface Signed {
  /** Signed headers as lines, with their line ends. */
  readonly lines: string
  readonly body: string
  readonly path: string
}

/** Text made from a signed request. */
export function text(
  group: string,
  name: string,
  expected: Attack['expected'],
  write: (signed: Signed) => string,
  quietMs = 200,
): Attack {
  return {
    group,
    name,
    expected,
    options: { quietMs },
    parts: (target) => [Buffer.from(write(signedFor(target)), 'latin1')],
  }
}

function signedFor({ path, secret }: AttackTarget): Signed {
  const body = freshBody()
  const headers = Object.entries(signFront(body, 'app', secret))
  return {
    path,
    body: body.toString('latin1'),
    lines: headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
  }
}

export const post = (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\n`
export const broken = '400 bad-request, closed'
/** What lies behind a request and is none ends the connection, before or after the request's own answer. */
export const brokenBehind = [
  broken,
  '401 signature-mismatch + 400 bad-request, closed',
  '401 signature-mismatch, closed',
]
