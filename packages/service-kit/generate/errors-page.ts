import type { ErrorEntry, ErrorTable } from './read-error-tables.ts'

const head = `<!-- Generated: edit the errors.ts files, then run \`pnpm --filter @millrace/service-kit generate\`. -->

# Error codes

Match on \`code\`; messages may change. \`status\` is what an HTTP caller gets, where one is waiting. \`again\` says whether the same call may succeed later.
`

/** `docs/errors.md`; each code has an anchor, its name in lower case. */
export function errorsPage(tables: readonly ErrorTable[]): string {
  return head + tables.map(({ folder, entries }) => `\n## ${folder}\n\n${table(entries)}`).join('')
}

function table(entries: readonly ErrorEntry[]): string {
  return `| code | status | again | meaning |\n| --- | --- | --- | --- |\n${entries.map(row).join('')}`
}

function row({ code, statusCode, retryable, meaning }: ErrorEntry): string {
  const name = `<a id="${code.toLowerCase()}"></a>\`${code}\``
  return `| ${name} | ${statusCode} | ${retryable ? 'yes' : 'no'} | ${meaning.replaceAll('|', '\\|')} |\n`
}
