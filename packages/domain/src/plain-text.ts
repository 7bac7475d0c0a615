import { compile, type HtmlToTextOptions, type SelectorDefinition } from 'html-to-text'

/** Deeper parts are left out: the library calls itself for each. */
const MAX_DEPTH = 200

/** Where mail programs say themselves that a part is a signature: Gmail, Outlook, Thunderbird, Yahoo, Apple Mail, Front. */
const signatures = [
  '.gmail_signature',
  '[data-smartmail="gmail_signature"]',
  '#Signature',
  '#ms-outlook-mobile-signature',
  '.moz-signature',
  '.yahoo-signature',
  '#AppleMailSignature',
  '.front-signature',
]

const skip = (selector: string): SelectorDefinition => ({ selector, format: 'skip' })

const blocks: SelectorDefinition[] = [
  { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['<', '>'] } },
  ...['table', 'tr'].map((selector) => ({
    selector,
    format: 'block',
    options: { leadingLineBreaks: 1, trailingLineBreaks: 1 },
  })),
  { selector: 'td', format: 'cell' },
  { selector: 'th', format: 'cell' },
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ...['img', 'hr', 'head', 'style', 'script', 'title', 'template'].map(skip),
]

const toShow = convertBy(blocks)
const toRead = convertBy([...blocks, ...signatures.map(skip)])

function convertBy(selectors: SelectorDefinition[]): (html: string) => string {
  const formatters: HtmlToTextOptions['formatters'] = {
    // Without something between them, the cells `2` and `12 May` would read `212 May`.
    cell: (element, walk, builder) => {
      walk(element.children, builder)
      builder.addInline(' | ')
    },
  }
  const convert = compile({ wordwrap: false, limits: { maxDepth: MAX_DEPTH, ellipsis: '' }, formatters, selectors })
  return (html) => convert(html).replaceAll('\u00a0', ' ').trim()
}

/**
 * The text of HTML: lines for blocks, quotes as lines that begin with `>`, cells of a table divided by `|`, a link's target in `<…>` after its
 * words, no scripts, styles, images or comments. The result is text, not HTML: who shows it must escape it. Never throws.
 */
export function plainText(html: string): string {
  return toShow(html)
}

/** As `plainText`, without the blocks that the mail program marks as signature. */
export function textToRead(html: string): string {
  return toRead(html)
}
