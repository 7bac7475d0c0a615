/** A payload as the console gives it, as JSON where it is JSON: then its fields can be masked by their names. */
export function payloadOf(payload: unknown): unknown {
  const { body, encoding, is_truncated, ...rest } = payload as Readonly<Record<string, unknown>>
  if (typeof body !== 'string' || encoding !== 'utf8' || is_truncated === true) return payload
  try {
    return { ...rest, is_truncated, json: JSON.parse(body) as unknown }
  } catch {
    return payload
  }
}
