import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../src/commands.ts'

const root = join(import.meta.dirname, '../../..')
const chart = join(root, 'deploy/helm/millrace')
const textOf = (path: string) => readFileSync(path, 'utf8')
const runbooks = globSync('deploy/runbooks/*.md', { cwd: root }).sort()
const pages = [...runbooks, 'deploy/SLO.md'].map((path) => ({ path, text: textOf(join(root, path)) }))

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const rules = globSync(join(chart, 'files/rules/*.yaml')).flatMap((path) =>
  (parse(textOf(path)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
)
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }]))

/** `MillraceNoData` → `no-data`. */
function fileOf(alert: string): string {
  return alert
    .replace('Millrace', '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase()
}

test('every alert has a severity, three sentences and a runbook of its own name', () => {
  const wrong = alerts.filter(({ alert, labels, annotations }) => {
    const path = `deploy/runbooks/${fileOf(alert)}.md`
    const isWhole =
      ['page', 'ticket'].includes(labels?.severity ?? '') &&
      annotations?.summary !== undefined &&
      annotations.description !== undefined &&
      annotations.runbook_url?.endsWith(`/${path}`) === true
    return !isWhole || !existsSync(join(root, path)) || !textOf(join(root, path)).startsWith(`# ${alert}\n`)
  })
  expect(alerts.length).toBeGreaterThan(40)
  expect(wrong.map(({ alert }) => alert)).toEqual([])
})

test('every runbook says what it means, how bad it is, what to look at, what to do, whom to call and when it is over', () => {
  const parts = ['What it means', 'How bad', 'Look at', 'Do', 'Escalate', 'It is over when']
  const asked = pages.filter(({ path }) => path.startsWith('deploy/runbooks/') && !path.endsWith('/README.md'))
  const found = asked.flatMap(({ path, text }) =>
    parts.flatMap((part) => (/^\s*\S/.test(sectionOf(text, part)) ? [] : [`${path}: ${part}`])),
  )
  const withoutSights = asked.filter(({ text }) => !/^- Panel: |^```sh$/m.test(sectionOf(text, 'Look at')))
  expect(asked.length).toBeGreaterThan(50)
  expect(found).toEqual([])
  expect(withoutSights.map(({ path }) => path)).toEqual([])
})

/** What stands under a heading, with its smaller headings; empty without it. */
function sectionOf(text: string, heading: string): string {
  return text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}

test('the index names every runbook', () => {
  const index = textOf(join(root, 'deploy/runbooks/README.md'))
  const names = runbooks.map((path) => path.split('/').at(-1) ?? '').filter((name) => name !== 'README.md')
  expect(names.filter((name) => !index.includes(`(${name})`))).toEqual([])
})

test('what a runbook links to exists', () => {
  const broken = pages.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g), ([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('every millrace command and option in a runbook exists', () => {
  const wrong = pages.flatMap(({ path, text }) =>
    // In code alone: after a space, a bracket or a quote it would be a word of a sentence.
    Array.from(
      text.matchAll(/(?:`|^ *(?:npm run -s )?)(?:npm run -s )?millrace (?:-- )?([a-z][^`|\n]*)/gm),
      ([, call = '']) => call,
    )
      .flatMap(problemsOf)
      .map((problem) => `${path}: ${problem}`),
  )
  expect(wrong).toEqual([])
})

/** What is wrong with a call, as it is typed after `millrace`. */
function problemsOf(call: string): string[] {
  const words = call.split(' ')
  const command = commands.find(({ name }) => call === name || call.startsWith(`${name} `))
  const isFamily = commands.some(({ name }) => name.startsWith(`${words[0]} `))
  if (command === undefined) return isFamily && words[1] === '--help' ? [] : [`millrace ${call}`]
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).replace(/[,.;:)].*$/, ''))
  return options
    .filter((option) => !['', 'help', 'tenant', 'json'].includes(option) && !(option in command.options))
    .map((option) => `millrace ${command.name} has no --${option}`)
}

test('every panel that a runbook names is on its dashboard', () => {
  const wrong = pages.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/Panel: ([\w-]+) \/ "([^"]+)"/g), ([, board = '', title = '']) => ({ board, title }))
      .filter(({ board, title }) => !titlesOf(board).has(title))
      .map(({ board, title }) => `${path}: ${board} / ${title}`),
  )
  expect(wrong).toEqual([])
})

const titles = new Map<string, ReadonlySet<string>>()

function titlesOf(board: string): ReadonlySet<string> {
  const known = titles.get(board)
  if (known !== undefined) return known
  const path = join(chart, `files/dashboards/${board}.json`)
  const found = existsSync(path) ? panelTitles((JSON.parse(textOf(path)) as { panels: Panel[] }).panels) : []
  titles.set(board, new Set(found))
  return new Set(found)
}

interface Panel {
  readonly title?: string
  readonly panels?: readonly Panel[]
}

function panelTitles(panels: readonly Panel[]): string[] {
  return panels.flatMap(({ title = '', panels: inner = [] }) => [title, ...panelTitles(inner)])
}

test('every metric that a rule or a runbook names is one of docs/metrics.md or recorded, with labels that it has', () => {
  const known = new Map(
    Array.from(
      textOf(join(root, 'docs/metrics.md')).matchAll(/^\| `(\w+)` \| \w+ \| [^|]* \| ([^|]*) \|/gm),
      ([, name = '', labels = '']) => [name, labels.replaceAll('`', '').split(' ')] as const,
    ),
  )
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []))
  const expressions = rules.map(({ alert, record, expr }) => ({ path: alert ?? record ?? '', text: expr }))
  const wrong = [...expressions, ...pages].flatMap(({ path, text }) =>
    Array.from(
      text.matchAll(/\b((?:millrace|messaging|http_server|nodejs|v8js|process)_[\w:]+)(?:\{([^}]*)\})?/g),
      ([, name = '', matchers = '']) => ({
        name,
        labels: Array.from(matchers.matchAll(/(\w+)(?==~|!~|!=|=)/g), ([label]) => label),
      }),
    ).flatMap(({ name, labels }) => {
      if (recorded.has(name) || name.startsWith('messaging_consumer_group_name')) return []
      const has = known.get(name.replace(/_(bucket|count|sum)$/, '')) ?? known.get(name)
      if (has === undefined) return [`${path}: ${name}`]
      return labels
        .filter((label) => !['job', 'le', ...has].includes(label))
        .map((label) => `${path}: ${name}{${label}}`)
    }),
  )
  expect(known.size).toBeGreaterThan(70)
  expect(wrong).toEqual([])
})

test('every file, script, setting, error code and deployment that a runbook names exists', () => {
  const scripts = Object.keys((JSON.parse(textOf(join(root, 'package.json'))) as { scripts: object }).scripts)
  const words = textOf(join(root, 'docs/settings.md')) + textOf(join(root, 'docs/errors.md'))
  /** For the reader to fill in; and what belongs to other tools. */
  const others = ['OFFSET_PLUS_ONE', 'FULL_TRANSITIVE', 'CERT_', 'COMPOSE_ENV_FILES']
  const wrong = pages.flatMap(({ path, text }) => {
    const all = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, name = '']) => name)
    return [
      ...all(/(?<![\w./])((?:docs|deploy|test|packages|services)\/[\w./-]*\w)/g).filter(
        (name) => !/^deploy\/millrace-/.test(name) && !existsSync(join(root, name)),
      ),
      ...all(/npm run (?:-s )?([\w:-]+)/g).filter((name) => name !== '-s' && !scripts.includes(name)),
      ...all(/npm run chaos -- ([\w-]+)/g).filter((name) => !existsSync(join(root, `test/chaos/src/${name}.ts`))),
      ...all(/deploy\/millrace-([a-z-]+)/g).filter((name) => !existsSync(join(root, 'services', name))),
      ...all(/\b([A-Z]{2,}_[A-Z_]+)\b/g).filter((name) => !words.includes(name) && !others.includes(name)),
    ].map((name) => `${path}: ${name}`)
  })
  expect(wrong).toEqual([])
})

interface RuleTest {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string
      readonly exp_samples: readonly { readonly labels: string }[]
    }[]
  }[]
}

test('every alert, at each severity, has a promtool test in which it fires and one in which it is silent', () => {
  const looks = globSync('deploy/helm/test/rules/*.test.yaml', { cwd: root })
    .flatMap((path) => (parse(textOf(join(root, path))) as RuleTest).tests)
    .flatMap((each) => each.promql_expr_test)
  const untested = alerts.filter(({ alert, labels }) => {
    const own = looks.filter(({ expr }) => expr.includes(`alertname="${alert}"`))
    const fires = own.some(({ exp_samples }) =>
      exp_samples.some((sample) => sample.labels.includes(`severity="${labels?.severity}"`)),
    )
    return !fires || !own.some(({ exp_samples }) => exp_samples.length === 0)
  })
  expect(untested.map(({ alert, labels }) => `${alert} ${labels?.severity}`)).toEqual([])
})
