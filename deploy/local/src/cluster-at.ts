import { exchange } from './wait.ts'

const CORRELATION_ID = 1
/** Metadata v5, no topics, none to be made: https://kafka.apache.org/protocol.html#The_Messages_Metadata */
const request = Buffer.from('0000000f0003000500000001ffff0000000000', 'hex')

/** The id of the cluster whose broker serves requests on an address without TLS or SASL; undefined when none does. */
export async function clusterAt(host: string, port: number): Promise<string | undefined> {
  const answer = await exchange(host, port, request, 1_000)
  try {
    return answer && clusterIn(answer)
  } catch {
    // Too short, or no Kafka.
    return undefined
  }
}

function clusterIn(answer: Buffer): string | undefined {
  let at = 4
  const int32 = (): number => {
    at += 4
    return answer.readInt32BE(at - 4)
  }
  const text = (): string | undefined => {
    const length = answer.readInt16BE(at)
    at += 2
    if (length < 0) return undefined
    at += length
    return answer.toString('utf8', at - length, at)
  }
  if (int32() !== CORRELATION_ID) return undefined
  int32() // time that the request was held back for a quota
  for (let brokers = int32(); brokers > 0; brokers--) {
    int32() // its node id
    text() // its host
    int32() // its port
    text() // its rack
  }
  return text()
}
