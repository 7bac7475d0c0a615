/**
 * Characters that a person does not see and a model reads all the same: controls but for line breaks and tabs, and formats (marks that turn the
 * direction of text, tags, spaces without width) but for the two that join letters and emoji; selectors of variants that carry hidden text.
 */
const unseen = /(?![\t\n\u200c\u200d])(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\u{e0100}-\u{e01ef}])/gu

/** A text as a person would see it. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll(unseen, '')
}
