/** Cuts a byte stream into Kafka's frames: four bytes of size, then as many bytes. A frame keeps its size field. */
export function createFrameCutter(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames: Buffer[] = []
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      frames.push(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    return frames
  }
}

/** Numbers of the requests that tests speak of: https://kafka.apache.org/protocol#protocol_api_keys */
export const apis = {
  Produce: 0,
  Fetch: 1,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  SyncGroup: 14,
  InitProducerId: 22,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
} as const

export type Api = keyof typeof apis

export interface RequestHead {
  readonly api: number
  readonly version: number
  readonly correlationId: number
}

export function requestHead(frame: Buffer): RequestHead {
  return { api: frame.readInt16BE(4), version: frame.readInt16BE(6), correlationId: frame.readInt32BE(8) }
}

export function answeredId(frame: Buffer): number {
  return frame.readInt32BE(4)
}
