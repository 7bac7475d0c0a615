const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it stands in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Plain sentences with `code` in backquotes and blank lines between paragraphs, as HTML. */
export function proseHtml(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${escapeHtml(paragraph).replace(/`([^`]+)`/g, '<code>$1</code>')}</p>`)
    .join('\n')
}

/** Nothing of a page runs, and nothing comes from elsewhere. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const

export const HTML_TYPE = 'text/html; charset=utf-8'
export const STYLE_PATH = '/docs/style.css'

/** A whole page. `body` is HTML already. */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

export const pageStyle = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2430, #dde3ea);
  --soft: light-dark(#566273, #9aa7b6);
  --paper: light-dark(#ffffff, #12171d);
  --panel: light-dark(#f4f6f8, #1b222b);
  --line: light-dark(#dde2e8, #2c3540);
  --accent: light-dark(#0b6e63, #4fc4b3);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--accent); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
code { background: var(--panel); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; overflow: auto; max-height: 28rem; }
pre code { background: none; padding: 0; }
.soft { color: var(--soft); }
.operation { border: 1px solid var(--line); border-radius: 10px; margin: 1rem 0; padding: .3rem 1.1rem 1rem; }
.operation > h3 { font-size: 1.05rem; display: flex; gap: .7rem; align-items: baseline; flex-wrap: wrap; }
.method { font: 700 .78rem/1 ui-monospace, monospace; color: var(--paper); background: var(--accent); border-radius: 5px; padding: .35em .6em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap; }
td p { margin: 0 0 .35rem; }
details > summary { cursor: pointer; color: var(--accent); margin: .6rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; }
dt { color: var(--soft); }
dd { margin: 0; }
`
