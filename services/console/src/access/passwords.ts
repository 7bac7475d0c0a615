import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { ConsoleError } from '../errors.ts'

const derive = promisify(argon2)

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id; memory in KiB. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
/** Each takes a thread and 19 MiB for some 30 ms; Node has four threads for everything. */
const MAX_RUNNING = 2
const MAX_WAITING = 30

export const MIN_PASSWORD = 12
export const MAX_PASSWORD = 256

/** Passwords as they are kept: argon2id, at most two at a time. */
export interface Passwords {
  /** @throws ConsoleError `MR_CONSOLE_BUSY` when 30 wait already */
  hash(password: string): Promise<string>
  /** False also for a user without a password, after the same time. @throws ConsoleError `MR_CONSOLE_BUSY` */
  verify(password: string, kept: string | null): Promise<boolean>
}

export function createPasswords(): Passwords {
  const inTurn = createTurns()
  return {
    hash: (password) => inTurn(() => hashPassword(password)),
    verify: (password, kept) => inTurn(() => verifyPassword(password, kept)),
  }
}

/** A PHC string: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md */
async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await derive('argon2id', { ...cost, nonce, message: messageOf(password) })
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(nonce)}$${text(tag)}`
}

/** Of a password that nobody has: what is compared with where there is none. */
const nobodys = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(randomBytes(16))}$${text(randomBytes(32))}`
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/

async function verifyPassword(password: string, kept: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, nonce = '', tag = ''] = phc.exec(kept ?? nobodys) ?? []
  const expected = Buffer.from(tag, 'base64')
  const given = await derive('argon2id', {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
    nonce: Buffer.from(nonce, 'base64'),
    message: messageOf(password),
  })
  return kept !== null && timingSafeEqual(given, expected)
}

/** The same letters typed on different machines may come composed or not (NIST SP 800-63B, section 3.1.1.2). */
function messageOf(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC'))
}

/** Base64 without padding, as PHC strings have it. */
function text(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= MAX_RUNNING) {
      if (waiting.length >= MAX_WAITING) throw new ConsoleError('MR_CONSOLE_BUSY', { retryAfterSeconds: 2 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
