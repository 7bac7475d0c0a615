import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import { isAlert, readRules } from '../src/alert-rules.ts'
import { checkRules, checkRunbooks } from '../src/check/check-rules.ts'
import { panelsOf, readDashboards } from '../src/check/read-panels.ts'
import { readMetricsReference } from '../src/metrics-reference.ts'

const directory = join(root, 'deploy/runbooks')
const PANEL = /\bPanel: ([a-z-]+) \/ "([^"…]+)"/g

test('every panel that a runbook sends its reader to exists under that name', () => {
  const titles = new Set(
    readDashboards().flatMap((dashboard) =>
      panelsOf(dashboard).map(({ title }) => `${dashboard.file.replace('.json', '')} / ${title}`),
    ),
  )
  const named = readdirSync(directory)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      Array.from(readFileSync(join(directory, name), 'utf8').matchAll(PANEL), ([, board = '', title = '']) => ({
        name,
        panel: `${board} / ${title}`,
      })),
    )
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter(({ panel }) => !titles.has(panel))).toEqual([])
})

test('every alert has its runbook, and runbooks name no metric that is not in the reference', () => {
  const known = readMetricsReference()
  const found = [...checkRules(readRules().filter(isAlert), known), ...checkRunbooks(known)]
  expect(found.filter(({ problems }) => problems.length > 0)).toEqual([])
})
