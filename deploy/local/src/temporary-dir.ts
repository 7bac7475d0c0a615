import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { root } from './paths.ts'
import { removeAtEnd } from './watchdog.ts'

const memory = '/dev/shm'
/** A whole run of the tests writes about a gigabyte. */
const ROOM_BYTES = 4 * 1024 ** 3

/**
 * A new directory for what a stack of the tests writes, deleted when this process ends, however it ends. It is in memory where there is room: each new
 * partition waits for the disk several times, and tests make tens of thousands (20 sets of topics: 7 s in memory, 40 s on a busy disk).
 */
export function temporaryDir(): string {
  const name = randomBytes(6).toString('hex')
  const dir = hasRoom() ? join(memory, `millrace-${name}`) : join(root, '.local/tmp', name)
  removeAtEnd(dir)
  mkdirSync(dir, { recursive: true, mode: 0o755 })
  return dir
}

function hasRoom(): boolean {
  if (!existsSync(memory) || freemem() < 2 * ROOM_BYTES) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= ROOM_BYTES
}
