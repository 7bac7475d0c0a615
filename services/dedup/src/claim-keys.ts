/** `<cluster id> <incarnation>` once the claims count; `<cluster id> filling <incarnation>` while they are read back. */
export const MARKER = 'claim:marker'
/** Highest known ends of the topics that claims speak of. */
export const ENDS = 'claim:ends'
export const REFILL_LOCK = 'claim:refill-lock'

/** All claims of one filling carry its incarnation, so that a refill starts clean and what an older one left expires by itself. */
export const claimKey = (incarnation: string, claim: string): string => `claim:${incarnation}:${claim}`

/**
 * A hash: for each partition the watermark (Redis holds all claims below it) under its number and the highest committed offset seen under
 * `committed:<number>`; and `filled`, the claims that a refill has added.
 */
export const watermarksKey = (incarnation: string): string => `claim:${incarnation}#watermarks`
