// Prints what CHANGELOG.md says of a version: `node release-notes.ts VERSION`. The exit code is 1 when it says nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text below `## VERSION` (anything may follow it on that line) up to the next such heading; undefined when there is none, or nothing in it. */
export function releaseNotes(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1)
  const section = sections.find((text) => text.split(/[\s(]/, 1)[0] === version)
  return section?.slice(section.indexOf('\n')).trim() || undefined
}

if (process.argv[1] === import.meta.filename) {
  const version = process.argv[2] ?? ''
  const notes = releaseNotes(readFileSync(join(import.meta.dirname, '../../../CHANGELOG.md'), 'utf8'), version)
  if (notes === undefined) {
    console.error(`CHANGELOG.md has no section "## ${version}": give what is released its heading first`)
    process.exit(1)
  }
  console.log(notes)
}
