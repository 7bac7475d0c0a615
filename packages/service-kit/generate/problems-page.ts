import { join } from 'node:path'

interface ProblemEntry {
  readonly slug: string
  readonly status: number
  readonly code: string
  readonly title: string
  readonly meaning: string
  readonly advice: string
  readonly isRetryable: boolean
}

const head = `<!-- Generated: edit services/gateway/src/problem-types.ts and problem-advice.ts, then run \`pnpm --filter @millrace/service-kit generate\`. -->

# Problems

Every refusal of the gateway is a problem document (RFC 9457, \`application/problem+json\`). Match on \`rule\`; \`detail\` may change. \`type\` is the URL of the
rule's page, which the gateway serves itself: \`<WEBHOOK_BASE_URL>/problems/<rule>\`, or the path alone where no base URL is set. The pages say what follows here.
\`webhook_id\` (also in the header \`x-webhook-id\`) is the request's id in the log. Codes are in [errors.md](errors.md).
`

/** The kinds of refusal that the gateway tells, imported as services' settings are. */
export async function readProblemTypes(root: string): Promise<readonly ProblemEntry[]> {
  const { problemTypes } = (await import(join(root, 'services/gateway/src/problem-types.ts'))) as {
    problemTypes: ReadonlyMap<string, ProblemEntry>
  }
  return [...problemTypes.values()].sort((a, b) => a.status - b.status || a.slug.localeCompare(b.slug))
}

/** `docs/problems.md`; each rule has an anchor, its own name. */
export function problemsPage(types: readonly ProblemEntry[]): string {
  return head + types.map(section).join('')
}

function section({ slug, status, code, meaning, advice, isRetryable }: ProblemEntry): string {
  const again = isRetryable ? 'The same request may succeed later.' : 'The same request would be refused again.'
  const lines = [`${meaning} ${again}`, ...(advice === '' ? [] : [advice])]
  return `\n<a id="${slug}"></a>\n\n## ${slug}\n\nStatus ${status}, \`${code}\`. ${lines.join('\n\n')}\n`
}
