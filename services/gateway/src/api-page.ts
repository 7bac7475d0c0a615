import type { ApiPart } from './describe-api.ts'
import { escapeHtml, pageHtml, proseHtml } from './html.ts'

/** The OpenAPI document as a page for people: no script, nothing from elsewhere. */
export function apiPage(document: ApiPart): string {
  const info = part(document.info)
  const operations = Object.entries(part(document.paths)).flatMap(([path, methods]) =>
    Object.entries(part(methods)).map(([method, operation]) => ({ path, method, operation: part(operation) })),
  )
  const sections = (document.tags as readonly ApiPart[]).map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags as readonly string[]).includes(text(tag.name)))
    return `<h2>${escapeHtml(text(tag.name))}</h2>\n${proseHtml(text(tag.description))}\n${own.map((one) => operationHtml(document, one)).join('\n')}`
  })
  return pageHtml(
    text(info.title),
    `<h1>${escapeHtml(text(info.title))}</h1>
<p class="soft">Version ${escapeHtml(text(info.version))} · <a href="/openapi.json">openapi.json</a> · <a href="/problems">all problems</a></p>
${proseHtml(text(info.description))}
${sections.join('\n')}`,
  )
}

interface OperationAt {
  readonly path: string
  readonly method: string
  readonly operation: ApiPart
}

function operationHtml(document: ApiPart, { path, method, operation }: OperationAt): string {
  const body = Object.entries(part(part(operation.requestBody).content))
  return `<section class="operation">
<h3><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p><strong>${escapeHtml(text(operation.summary))}</strong></p>
${operation.description === undefined ? '' : proseHtml(text(operation.description))}
${securityHtml(document, operation)}
${body.map(([type, media]) => schemaHtml(`Body: ${type}`, resolve(document, part(media).schema))).join('\n')}
${responsesHtml(document, operation)}
</section>`
}

/** Each way to prove a request, with its headers. */
function securityHtml(document: ApiPart, { security }: ApiPart): string {
  const ways = (security as readonly ApiPart[] | undefined) ?? []
  if (ways.length === 0) return ''
  const schemes = part(part(document.components).securitySchemes)
  const items = ways.map((way) => {
    const names = Object.keys(way)
    if (names.length === 0) return '<li>nothing</li>'
    return `<li>${names.map((name) => schemeHtml(part(schemes[name]))).join('; and ')}</li>`
  })
  return `<h3>Proof: one of</h3>\n<ul>${items.join('')}</ul>`
}

function schemeHtml({ name, scheme, description }: ApiPart): string {
  const header = name === undefined ? `Authorization: ${text(scheme)}` : text(name)
  return `<code>${escapeHtml(header)}</code>: ${inlineProse(text(description))}`
}

function responsesHtml(document: ApiPart, operation: ApiPart): string {
  const entries = Object.entries(part(operation.responses)).map(
    ([status, value]) => [status, resolve(document, value)] as const,
  )
  const rows = entries.map(
    ([status, response]) => `<tr><td>${escapeHtml(status)}</td><td>${responseText(response)}</td></tr>`,
  )
  const success = entries.filter(([status]) => status.startsWith('2'))
  const schemas = success.flatMap(([status, response]) =>
    Object.entries(part(response.content))
      .filter(([type]) => type.includes('json'))
      .map(([type, media]) => schemaHtml(`Answer ${status}: ${type}`, resolve(document, part(media).schema))),
  )
  return `<h3>Answers</h3>
<div class="scroll"><table><tbody>${rows.join('\n')}</tbody></table></div>
${schemas.join('\n')}`
}

/** A refusal's rules lead to their pages. */
function responseText(response: ApiPart): string {
  const html = proseHtml(text(response.description))
  return html.replace(/<p><code>([a-z0-9-]+)<\/code>:/g, '<p><a href="/problems/$1"><code>$1</code></a>:')
}

function schemaHtml(title: string, schema: ApiPart): string {
  return `<details><summary>${escapeHtml(title)}</summary><pre><code>${escapeHtml(JSON.stringify(schema, null, 2))}</code></pre></details>`
}

/** Follows a reference, and those right inside of alternatives. */
function resolve(document: ApiPart, value: unknown): ApiPart {
  const found = part(value)
  if (typeof found.$ref === 'string') {
    return found.$ref
      .slice(2)
      .split('/')
      .reduce((at: ApiPart, name) => part(at[name]), document)
  }
  return Array.isArray(found.anyOf) ? { anyOf: found.anyOf.map((one) => resolve(document, one)) } : found
}

function inlineProse(value: string): string {
  return proseHtml(value.replace(/\.$/, '')).replace(/^<p>|<\/p>$/g, '')
}

function part(value: unknown): ApiPart {
  return typeof value === 'object' && value !== null ? (value as ApiPart) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
