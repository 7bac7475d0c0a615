import { expect, test } from 'vitest'
import { releaseNotes } from '../src/release-notes.ts'

const changelog = `# Changelog

## Unreleased

- Soon.

## 1.2.0 (2026-12-01)

- One.
- Two.

## 1.1.0

- Old.
`

test('the notes of a release are its section, without the heading', () => {
  expect(releaseNotes(changelog, '1.2.0')).toBe('- One.\n- Two.')
  expect(releaseNotes(changelog, '1.1.0')).toBe('- Old.')
})

test('a version that nobody wrote about has no notes', () => {
  expect(releaseNotes(changelog, '1.2')).toBeUndefined()
  expect(releaseNotes('# Changelog\n\n## 2.0.0\n', '2.0.0')).toBeUndefined()
})
