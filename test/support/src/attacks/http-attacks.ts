import { postBytes } from '../raw-http/index.ts'
import { signFront } from '../sign-samples.ts'
import type { Attack, AttackTarget } from './attack.ts'
import { protocolAttacks } from './protocol-attacks.ts'
import { freshBody } from './signature-attacks.ts'
import { broken, brokenBehind, post, text } from './signed-text.ts'
import { smugglingAttacks } from './smuggling-attacks.ts'

const lengths: readonly Attack[] = [
  text(
    'lengths',
    'content-length longer than the body',
    '408 slow-request, closed',
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length + 10}\r\n\r\n${body}`,
    200,
  ),
  text(
    'lengths',
    'content-length shorter than the body',
    brokenBehind,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length - 10}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length is negative',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: -1\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length has a sign',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: +${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length in hexadecimal',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: 0x10\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length above 2^64',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: 99999999999999999999999\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length of 100 GB',
    '413 body-too-large, open',
    ({ path, lines }) => `${post(path)}${lines}content-length: 107374182400\r\n\r\n`,
  ),
  text(
    'lengths',
    'content-length is a list',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length}, ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'two content-lengths that differ',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}content-length: ${body.length}\r\ncontent-length: 1\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'two content-lengths that agree',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}content-length: ${body.length}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'no length at all: a body without bytes',
    brokenBehind,
    ({ path, lines, body }) => `${post(path)}${lines}\r\n${body}`,
  ),
]

const floods: readonly Attack[] = [
  text(
    'headers',
    'a header of 20 KB',
    '431 headers-too-large, closed',
    ({ path }) => `${post(path)}x-flood: ${'a'.repeat(20_000)}\r\n\r\n`,
  ),
  text(
    'headers',
    '1,000 headers',
    '431 headers-too-many, open',
    ({ path, lines }) =>
      `${post(path)}${lines}${Array.from({ length: 1_000 }, (_, n) => `x${n}: 1\r\n`).join('')}content-length: 0\r\n\r\n`,
  ),
  text(
    'headers',
    '3,000 headers',
    '431 headers-too-large, closed',
    ({ path }) =>
      `${post(path)}${Array.from({ length: 3_000 }, (_, n) => `x${n}: 1\r\n`).join('')}content-length: 0\r\n\r\n`,
  ),
  text(
    'headers',
    '16 MB of headers, whose answer their rest may bury',
    ['431 headers-too-large, closed', 'nothing, closed'],
    ({ path }) => `${post(path)}${`x-flood: ${'a'.repeat(1_000)}\r\n`.repeat(16_000)}\r\n`,
  ),
  text(
    'headers',
    'a target of 20 KB',
    '431 headers-too-large, closed',
    () => `POST /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  ),
  text('headers', 'a header without a name', broken, ({ path }) => `${post(path)}: nothing\r\n\r\n`),
  text('headers', 'a header without a colon', broken, ({ path }) => `${post(path)}nothing\r\n\r\n`),
  text(
    'headers',
    'expect: 100-continue is answered',
    ['100 + 200, open', '100 + 401 signature-missing, open'],
    ({ path, lines, body }) =>
      `${post(path)}${lines}expect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'headers',
    'expect: something that nobody knows',
    '200, open',
    ({ path, lines, body }) => `${post(path)}${lines}expect: gold\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
]

const pipelines: readonly Attack[] = [
  {
    group: 'pipelining',
    name: '50 forged requests at once, answered in turn',
    expected: `${Array(50).fill('401 signature-mismatch').join(' + ')}, open`,
    parts: (target) => Array.from({ length: 50 }, () => forged(target)),
  },
  {
    group: 'pipelining',
    name: 'a good, a forged and a good one on one connection',
    expected: '200 + 401 signature-mismatch + 200, open',
    options: { quietMs: 800 },
    parts: (target) => [Buffer.concat([good(target), forged(target), good(target)])],
  },
]

function good({ path, secret }: AttackTarget): Buffer {
  const body = freshBody()
  return postBytes(path, body, signFront(body, 'app', secret))
}

/** Signed with a secret that is not the source's. */
export function forged({ path }: AttackTarget): Buffer {
  const body = freshBody()
  return postBytes(path, body, signFront(body, 'app', 'another secret'))
}

/** What is no proper HTTP, or proper and of no good. */
export const httpAttacks: readonly Attack[] = [
  ...lengths,
  ...smugglingAttacks,
  ...floods,
  ...protocolAttacks,
  ...pipelines,
]
