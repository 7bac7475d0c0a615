const MOST = 3

/** Names in a sentence, the first few of many. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST
  const shown = more > 1 ? [...names.slice(0, MOST), `${more} others`] : names
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
