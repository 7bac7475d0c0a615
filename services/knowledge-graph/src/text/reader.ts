import type { Mention, MentionKind } from './mention.ts'

/** A mention before its words are cut out of the text. */
export type Found = Omit<Mention, 'text'>

/** What a reader needs to know beside the text. */
export interface Circumstances {
  readonly receivedAt: number
  readonly defaultRegion: string | null
  readonly timeZone: string
}

/** Finds the mentions of some kinds in a text. Pure; bounded by the text's length. */
export type Reader = (text: string, circumstances: Circumstances) => Found[]

/** Stands for what has been read already: neither letter, digit, space nor punctuation, so nothing is read across it. */
export const TAKEN = '\ufffc'

/** The text with some spans blotted out, of the same length. */
export function blot(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  let rest = 0
  let blotted = ''
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (end <= rest) continue
    const from = Math.max(start, rest)
    blotted += text.slice(rest, from) + TAKEN.repeat(end - from)
    rest = end
  }
  return blotted + text.slice(rest)
}

/** The lines of a text that match, with their places. */
export function* linesWith(text: string, hint: RegExp): Generator<{ line: string; offset: number }> {
  let offset = 0
  for (const line of text.split('\n')) {
    if (hint.test(line)) yield { line, offset }
    offset += line.length + 1
  }
}

export function found(
  kind: MentionKind,
  value: string,
  [start, end]: readonly [number, number],
  properties: Mention['properties'] = {},
): Found {
  return { kind, value, properties, start, end }
}
