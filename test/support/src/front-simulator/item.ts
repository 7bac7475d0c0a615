/** A JSON object as the simulator holds it. */
export type Json = Record<string, unknown>

/** An object of the Front API. */
export interface FrontItem extends Json {
  id: string
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isItem(value: unknown): value is FrontItem {
  return isJson(value) && typeof value.id === 'string' && value.id !== ''
}

/** Front writes times as seconds with three decimals. */
export function frontTime(epochMs: number): number {
  return Math.round(epochMs) / 1000
}

/** A number field that orders a list; 0 when the item has none. */
export function timeOf(item: Json): number {
  const time = item.created_at ?? item.posted_at ?? item.emitted_at
  return typeof time === 'number' ? time : 0
}
