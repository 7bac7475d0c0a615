import { compile, type SelectorDefinition } from 'html-to-text'

const MAX_DEPTH = 100

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

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: MAX_DEPTH, ellipsis: '' },
  formatters: {
    // Without something between them, the cells `2` and `12 May` would read `212 May`.
    cell: (element, walk, builder) => {
      walk(element.children, builder)
      builder.addInline(' | ')
    },
  },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['<', '>'] } },
    { selector: 'table', format: 'block' },
    { selector: 'tr', format: 'block' },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...['img', 'hr', 'head', 'style', 'script', 'title', 'template'].map(skip),
    ...signatures.map(skip),
  ],
})

/** The text of a mail's HTML: quotes as lines that begin with `>`, cells divided by `|`, a link's target after its words, no signature block. */
export function htmlToText(html: string): string {
  return convert(html)
}
