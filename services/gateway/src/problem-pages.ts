import { escapeHtml, pageHtml, proseHtml } from './html.ts'
import { PROBLEMS_PATH, type ProblemType, problemTypes } from './problem-types.ts'

/** The page of one kind of problem; undefined when there is no such kind. */
export function problemPage(slug: string): string | undefined {
  const type = problemTypes.get(slug)
  if (type === undefined) return undefined
  const advice = type.advice === '' ? '' : `<h2>What to do</h2>\n${proseHtml(type.advice)}`
  return pageHtml(
    `${type.title} · Millrace`,
    `<p class="soft"><a href="${PROBLEMS_PATH}">Problems</a></p>
<h1>${escapeHtml(type.title)}</h1>
${proseHtml(type.meaning)}
<dl>
<dt>rule</dt><dd><code>${escapeHtml(type.slug)}</code></dd>
<dt>status</dt><dd>${type.status}</dd>
<dt>code</dt><dd><code>${escapeHtml(type.code)}</code></dd>
<dt>send again?</dt><dd>${type.isRetryable ? 'Yes: the same request may succeed later.' : 'Not as it is: it would be refused again.'}</dd>
</dl>
${advice}`,
  )
}

/** The list of all kinds, by status. */
export function problemsPage(): string {
  const rows = [...problemTypes.values()].sort((a, b) => a.status - b.status || a.slug.localeCompare(b.slug)).map(row)
  return pageHtml(
    'Problems · Millrace',
    `<h1>Problems</h1>
<p>Every refusal of the gateway is a problem document (RFC 9457). Its <code>type</code> leads to one of these pages; match on <code>rule</code>.</p>
<div class="scroll"><table>
<thead><tr><th>status</th><th>rule</th><th>meaning</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`,
  )
}

function row({ slug, status, meaning }: ProblemType): string {
  const link = `<a href="${PROBLEMS_PATH}/${slug}"><code>${escapeHtml(slug)}</code></a>`
  return `<tr><td>${status}</td><td>${link}</td><td>${proseHtml(meaning)}</td></tr>`
}
