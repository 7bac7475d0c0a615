/** One answer as it came over a bare connection. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Takes whole answers off the front of what came; every answer of the gateway says its length. */
export function takeAnswers(bytes: Buffer): { readonly answers: RawAnswer[]; readonly rest: Buffer } {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const headEnd = rest.indexOf(HEAD_END)
    if (headEnd < 0) return { answers, rest }
    const [line = '', ...lines] = rest.toString('latin1', 0, headEnd).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1])
    const headers: Record<string, string> = {}
    for (const each of lines) {
      const colon = each.indexOf(':')
      headers[each.slice(0, colon).toLowerCase()] = each.slice(colon + 1).trim()
    }
    const isBodiless = status === 204 || status === 304 || (status >= 100 && status < 200)
    // What is said last needs no length: it ends with the connection.
    const untilEnd = headers.connection === 'close' ? rest.length - headEnd - HEAD_END.length : Number.NaN
    const length = isBodiless ? 0 : Number(headers['content-length'] ?? untilEnd)
    const bodyEnd = headEnd + HEAD_END.length + length
    if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${rest.toString('latin1', 0, 100)}`)
    if (Number.isNaN(length)) throw new Error(`an answer ${status} without its length`)
    if (rest.length < bodyEnd) return { answers, rest }
    answers.push({ status, headers, body: rest.toString('utf8', headEnd + HEAD_END.length, bodyEnd) })
    rest = rest.subarray(bodyEnd)
  }
}
