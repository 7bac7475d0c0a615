import type { Attack } from './attack.ts'
import { forged } from './http-attacks.ts'

const group = 'slow clients'
const PATIENT = { deadlineMs: 60_000 }
/** More than the buffers of both systems hold of the answers. */
const MANY = 20_000

/** Clients that take their time; the gateway's time-outs decide how long these take. */
export const slowAttacks: readonly Attack[] = [
  {
    group,
    name: 'headers, a letter at a time',
    expected: ['408 slow-request, closed', 'nothing, closed'],
    options: PATIENT,
    parts: ({ path }) => trickle(`${post(path)}x-slow: ${'a'.repeat(400)}`, 100),
  },
  {
    group,
    name: 'body, a letter at a time',
    expected: ['408 slow-request, closed', 'nothing, closed'],
    options: PATIENT,
    parts: ({ path }) => [`${post(path)}content-length: 1000\r\n\r\n`, ...trickle('x'.repeat(900), 100)],
  },
  {
    group,
    name: 'connects and says nothing',
    expected: ['408 slow-request, closed', 'nothing, closed'],
    options: PATIENT,
    parts: () => [],
  },
  {
    group,
    name: 'requests without end, and no answer is taken',
    expected: 'nothing, closed',
    options: { ...PATIENT, takes: { bytes: 0, everyMs: 0 } },
    parts: (target) => [Buffer.concat(Array(MANY).fill(forged(target)))],
  },
  {
    group,
    name: 'requests without end, and answers are taken a few bytes at a time',
    expected: 'nothing, closed',
    options: { ...PATIENT, takes: { bytes: 16, everyMs: 50 } },
    parts: (target) => [Buffer.concat(Array(MANY).fill(forged(target)))],
  },
]

function post(path: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\n`
}

function trickle(text: string, everyMs: number): (string | number)[] {
  return [...text].flatMap((letter) => [letter, everyMs])
}
