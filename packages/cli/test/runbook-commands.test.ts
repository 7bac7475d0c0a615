import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Command, readCall } from '../src/command.ts'
import { commands } from '../src/commands.ts'
import { inside } from './support/run-inside.ts'

const root = join(import.meta.dirname, '../../..')
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [...globSync('deploy/runbooks/*.md', { cwd: root }).sort(), 'deploy/SLO.md'].map((path) => ({
  path,
  text: textOf(path),
}))

/** Each command line of a page: the lines of its blocks of shell, and what stands in backquotes. */
function commandLines(text: string): { readonly line: string; readonly isBlock: boolean }[] {
  const blocks = Array.from(text.matchAll(/```sh\n([\s\S]*?)```/g), ([, block = '']) => block)
  const inline = text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/(?<!`)`([^`\n]+)`/g)
  return [
    ...blocks.flatMap((block) => block.split('\n').map((line) => ({ line: line.trim(), isBlock: true }))),
    ...Array.from(inline, ([, line = '']) => ({ line: line.trim(), isBlock: false })),
  ]
}

/** What a shell passes to `millrace`: quotes taken away, up to a pipe, a comment or a redirection. */
function wordsOf(line: string): string[] {
  const words = Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, single, double, bare]) => ({
    text: single ?? double ?? bare ?? '',
    isQuoted: bare === undefined,
  }))
  const end = words.findIndex(({ text, isQuoted }) => !isQuoted && /^([|#&;]|[0-9]?[<>])/.test(text))
  return (end === -1 ? words : words.slice(0, end)).map(({ text }) => text)
}

function findCommand(words: readonly string[]): Command | undefined {
  return commands
    .filter(({ name }) => name.split(' ').every((part, place) => words[place] === part))
    .sort((one, other) => other.name.length - one.name.length)[0]
}

/** What the command line itself says against a call; in a sentence the bare name of a command is no call. */
function problemOf(line: string, isBlock: boolean): string | undefined {
  const [, ...words] = wordsOf(line)
  if (words.includes('--help') || words[0] === '…') return undefined
  const found = findCommand(words)
  if (found === undefined) return `${line}: no such command`
  const rest = words.slice(found.name.split(' ').length)
  if (rest.length === 0 && !isBlock) return undefined
  try {
    readCall(found, rest)
    return undefined
  } catch (error) {
    return `${line}: ${(error as Error).message}`
  }
}

const problemsIn = (text: string): string[] =>
  commandLines(text)
    .filter(({ line }) => /^millrace [^(]/.test(line))
    .flatMap(({ line, isBlock }) => problemOf(line, isBlock) ?? [])

test('every millrace command of a runbook parses: the command, its arguments and its options exist', () => {
  expect(pages.flatMap(({ path, text }) => problemsIn(text).map((problem) => `${path}: ${problem}`))).toEqual([])
})

test.each([
  ['```sh\nmillrace annotate --all\n```', 'no such command'],
  ['```sh\nmillrace parity | head\n```', 'needs SOURCE'],
  ['Then `millrace mode front webhook --percnt 10`.', "Unknown option '--percnt'"],
  ['Then `millrace doctor now`.', 'does not take "now"'],
])('%j would be refused', (text, problem) => {
  expect(problemsIn(text)).toEqual([expect.stringContaining(problem)])
})

/** What a reader fills in, in a form that commands take. */
const filledIn: Readonly<Record<string, string>> = {
  TIME: '1h',
  CODE: 'MR_KAFKA_HANDLER_BUG',
  TOPIC: 'events',
  GROUP: 'knowledge-extract',
}

/**
 * What a command says against the way in which it is typed, which parsing does not find: options that need each other, forms of values. It is run
 * without settings that it could reach anything with; what it says about those is no matter here.
 */
async function refusalOf(line: string): Promise<string[]> {
  const [, ...words] = wordsOf(line)
  const args = words.map((word) => word.replaceAll(/\b[A-Z]+\b/g, (name) => filledIn[name] ?? name))
  const { code, err } = await inside(args, { KAFKA_BROKERS: 'no address', MILLRACE_ENV_FILE: '' })
  return code === 2 ? [`${line}: ${err.trim()}`] : []
}

/** Calls of a page: of a sentence those alone that have arguments. */
const callsIn = (text: string): string[] =>
  commandLines(text)
    .filter(({ line, isBlock }) => /^millrace [^(…]/.test(line) && (isBlock || !isMention(line)))
    .map(({ line }) => line)

function isMention(line: string): boolean {
  const words = wordsOf(line).slice(1)
  return words.includes('--help') || commands.some(({ name }) => name === words.join(' '))
}

test('every millrace command of a runbook is taken as it is typed', async () => {
  const calls = [...new Set(pages.flatMap(({ text }) => callsIn(text)))]
  const refused: string[] = []
  for (const call of calls) refused.push(...(await refusalOf(call)))
  expect(calls.length).toBeGreaterThan(50)
  expect(refused).toEqual([])
})

test.each([
  'millrace users add NAME',
  'millrace deliveries list --conversation cnv_1',
  'millrace backfill front --since 1',
])('`%s` would be refused', async (call) => {
  expect(await refusalOf(call)).toEqual([expect.stringContaining('--help tells more')])
})

/** Forms that do something else in a cluster than their reader believes. */
const badForms: readonly (readonly [RegExp, string])[] = [
  [/\blogs (-f )?deploy\//, 'reads one pod of several: logs -l app.kubernetes.io/component=SERVICE'],
  [/\blogs -l (?!.*--prefix)/, 'does not say whose line it is: --prefix'],
  [/\blogs -l (?!.*--tail=)/, 'shows ten lines of each pod: --tail=-1'],
  [/\bkubectl run\b|\bkubectl -n \S+ run\b/, 'has no settings and is refused by pod security: the toolbox'],
  [/^kubectl (?!-n millrace )\w+ /, 'asks whatever namespace is the present one: -n millrace'],
  [/^helm (?!-n millrace |list -A)\w+ \w/, 'asks whatever namespace is the present one: -n millrace'],
  [/\bnpm run (-s )?millrace -- [a-z]/, 'works in a clone alone: millrace …, as README.md defines it'],
]

/** Where a page explains why a form is bad, or when. */
const explained = ['logs deploy/…', 'npm run -s millrace -- "$@"']

function badFormsIn(text: string): string[] {
  return commandLines(text).flatMap(({ line }) =>
    badForms
      .filter(([form]) => form.test(line) && !explained.some((words) => line.includes(words)))
      .map(([, why]) => `${line}: ${why}`),
  )
}

test('no command of a runbook has a form that reads or changes less in a cluster than it seems to', () => {
  expect(pages.flatMap(({ path, text }) => badFormsIn(text).map((bad) => `${path}: ${bad}`))).toEqual([])
})

test.each([
  'kubectl -n millrace logs deploy/millrace-gateway --since=15m',
  'kubectl -n millrace logs -l app.kubernetes.io/component=gateway --since=15m --tail=-1',
  'kubectl -n millrace logs -l app.kubernetes.io/component=gateway --prefix',
  'kubectl -n millrace run millrace-cli -it --rm --image=cli -- doctor',
  'kubectl get pods',
  'helm rollback millrace',
  'npm run millrace -- mode front',
])('`%s` would be refused', (line) => {
  expect(badFormsIn(`Then \`${line}\`.`)).toHaveLength(1)
})

test.each([
  ['scales', / scale (deploy|-n|--)/, '](README.md#scaling-by-hand)'],
  ['takes one service back', / rollout undo /, '](README.md#one-service-back)'],
])('where a runbook %s by hand, the same step says what becomes of that', (_, command, link) => {
  const silent = pages
    .filter(({ path }) => !path.endsWith('/README.md'))
    .flatMap(({ path, text }) =>
      stepsOf(text)
        .filter((step) => command.test(step) && !step.includes(link))
        .map((step) => `${path}: ${step.slice(0, 100)}`),
    )
  expect(silent).toEqual([])
})

/** Items of lists with what is indented below them, rows of tables, and paragraphs. */
const stepsOf = (text: string): string[] => text.split(/\n(?=\d+\. |- |\| |## )|\n\n(?! )/)

test('what a runbook calls an alert is one', () => {
  const rules = globSync('deploy/helm/millrace/files/rules/*.yaml', { cwd: root }).map(textOf).join('\n')
  const alerts = new Set(Array.from(rules.matchAll(/- alert: (\w+)/g), ([, name]) => name))
  const named = pages.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\bMillrace[A-Z]\w+/g), ([name]) => ({ path, name })),
  )
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(({ name }) => !alerts.has(name))).toEqual([])
})

test('every part of a page that a runbook links to is there', () => {
  const missing = pages.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g), ([, target = '', anchor = '']) => ({
      at: target === '' ? path : join(dirname(path), target),
      anchor,
    }))
      .filter(({ at, anchor }) => !anchorsOf(textOf(at)).has(anchor))
      .map(({ at, anchor }) => `${path}: ${at}#${anchor}`),
  )
  expect(missing).toEqual([])
})

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    Array.from(text.matchAll(/^#{1,6} (.+)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
