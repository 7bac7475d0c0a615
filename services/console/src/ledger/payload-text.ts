const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a row of `event_payloads` holds of a payload, as bytes; null where it was erased. */
export function payloadBytes(row: {
  readonly payload: string | null
  readonly bytes: Buffer | null
  readonly sealed: Buffer | null
}): Buffer | null {
  return row.sealed ?? (row.payload === null ? row.bytes : Buffer.from(row.payload))
}

/** Bytes as a text that gives the same bytes back, else as they are. Postgres has no text with NUL in it. */
export function textOrBytes(payload: Buffer): { readonly payload: string | null; readonly bytes: Buffer | null } {
  if (payload.includes(0)) return { payload: null, bytes: payload }
  try {
    return { payload: utf8.decode(payload), bytes: null }
  } catch {
    return { payload: null, bytes: payload }
  }
}
