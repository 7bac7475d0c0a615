import { apis, type RequestHead } from './frames.ts'

/** Gives the address that a client is to use instead of a broker's own. */
export type Readdress = (host: string, port: number) => Promise<{ host: string; port: number }>

/** First version of each answer in the flexible encoding, which kafkajs never asks for and this does not read. */
const flexibleFrom: Record<number, number> = { [apis.Metadata]: 9, [apis.FindCoordinator]: 3 }

/** Puts other broker addresses into an answer to Metadata or FindCoordinator; any other answer stays as it is. */
export async function readdressed(frame: Buffer, request: RequestHead, readdress: Readdress): Promise<Buffer> {
  const flexible = flexibleFrom[request.api]
  if (flexible === undefined) return frame
  if (request.version >= flexible)
    throw new Error(`the Kafka proxy reads versions below ${flexible} of request ${request.api}`)
  const cursor = createCursor(frame)
  if (request.api === apis.Metadata) await metadata(cursor, request.version, readdress)
  else await coordinator(cursor, request.version, readdress)
  return cursor.finish()
}

async function metadata(cursor: Cursor, version: number, readdress: Readdress): Promise<void> {
  if (version >= 3) cursor.copy(4)
  const brokers = cursor.int32()
  for (let index = 0; index < brokers; index++) {
    await address(cursor, readdress)
    if (version >= 1) cursor.text()
  }
}

async function coordinator(cursor: Cursor, version: number, readdress: Readdress): Promise<void> {
  if (version >= 1) cursor.copy(4)
  const errorCode = cursor.int16()
  if (version >= 1) cursor.text()
  if (errorCode === 0) await address(cursor, readdress)
}

async function address(cursor: Cursor, readdress: Readdress): Promise<void> {
  cursor.copy(4)
  const { host, port } = cursor.takeAddress()
  const other = await readdress(host, port)
  cursor.putAddress(other.host, other.port)
}

interface Cursor {
  copy(bytes: number): void
  int16(): number
  int32(): number
  /** Copies a nullable string. */
  text(): void
  takeAddress(): { host: string; port: number }
  putAddress(host: string, port: number): void
  /** The new frame: what was written, then the rest of the old one. */
  finish(): Buffer
}

function createCursor(frame: Buffer): Cursor {
  const written: Buffer[] = []
  let at = 4
  const copy = (bytes: number): void => {
    written.push(frame.subarray(at, at + bytes))
    at += bytes
  }
  copy(4)
  return {
    copy,
    int16: () => {
      copy(2)
      return frame.readInt16BE(at - 2)
    },
    int32: () => {
      copy(4)
      return frame.readInt32BE(at - 4)
    },
    text: () => copy(2 + Math.max(0, frame.readInt16BE(at))),
    takeAddress: () => {
      const end = at + 2 + frame.readInt16BE(at)
      const taken = { host: frame.toString('utf8', at + 2, end), port: frame.readInt32BE(end) }
      at = end + 4
      return taken
    },
    putAddress: (host, port) => {
      const name = Buffer.from(host)
      const sizes = Buffer.alloc(6)
      sizes.writeInt16BE(name.length, 0)
      sizes.writeInt32BE(port, 2)
      written.push(sizes.subarray(0, 2), name, sizes.subarray(2))
    },
    finish: () => {
      const body = Buffer.concat([...written, frame.subarray(at)])
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      return Buffer.concat([size, body])
    },
  }
}
