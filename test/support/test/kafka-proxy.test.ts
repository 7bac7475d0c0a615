import { expect, test } from 'vitest'
import { apis, createFrameCutter, type RequestHead } from '../src/kafka-proxy/frames.ts'
import { readdressed } from '../src/kafka-proxy/rewrite.ts'

const readdress = async (host: string, port: number) => ({ host: `proxy-of-${host}`, port: port + 1 })

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string | null): Buffer {
  return value === null ? int16(-1) : Buffer.concat([int16(value.length), Buffer.from(value)])
}

function frame(...parts: Buffer[]): Buffer {
  const body = Buffer.concat([int32(7), ...parts])
  return Buffer.concat([int32(body.length), body])
}

function asked(api: number, version: number): RequestHead {
  return { api, version, correlationId: 7 }
}

test('frames come out whole, however the bytes arrive', () => {
  const cut = createFrameCutter()
  const stream = Buffer.concat([frame(text('a')), frame(text('bcd'))])
  const frames = [...stream].flatMap((byte) => cut(Buffer.from([byte])))
  expect(frames).toEqual([frame(text('a')), frame(text('bcd'))])
  expect(createFrameCutter()(stream)).toEqual(frames)
})

test('every broker in metadata gets its other address, the rest stays', async () => {
  const rest = Buffer.from('topics and so on')
  const of = (...hosts: [string, number][]) =>
    frame(
      int32(0),
      int32(2),
      ...hosts.flatMap(([host, port], index) => [int32(index), text(host), int32(port), text(null)]),
      rest,
    )
  const given = of(['kafka-1', 9092], ['kafka-2', 9094])
  expect(await readdressed(given, asked(apis.Metadata, 6), readdress)).toEqual(
    of(['proxy-of-kafka-1', 9093], ['proxy-of-kafka-2', 9095]),
  )
})

test('metadata of version 0 has neither throttle time nor racks', async () => {
  const of = (host: string, port: number) => frame(int32(1), int32(0), text(host), int32(port), Buffer.from('rest'))
  expect(await readdressed(of('kafka', 9092), asked(apis.Metadata, 0), readdress)).toEqual(of('proxy-of-kafka', 9093))
})

test('a coordinator gets its other address, an error has none', async () => {
  const of = (host: string, port: number) => frame(int32(0), int16(0), text(null), int32(1), text(host), int32(port))
  expect(await readdressed(of('kafka', 9092), asked(apis.FindCoordinator, 1), readdress)).toEqual(
    of('proxy-of-kafka', 9093),
  )
  const failed = frame(int32(0), int16(15), text('not yet'), int32(-1), text(''), int32(-1))
  expect(await readdressed(failed, asked(apis.FindCoordinator, 1), readdress)).toEqual(failed)
})

test('other answers stay as they are', async () => {
  const given = frame(Buffer.from('anything'))
  expect(await readdressed(given, asked(apis.Produce, 7), readdress)).toBe(given)
})
