import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')

interface Threat {
  readonly hop: string
  readonly letter: string
  readonly row: string
}

const hops =
  page
    .split(/^## /m)
    .find((part) => part.startsWith('Threats by hop'))
    ?.split(/^### /m)
    .slice(1) ?? []
const threats: readonly Threat[] = hops.flatMap((hop) =>
  Array.from(hop.matchAll(/^\| ([STRIDE]) \| .*$/gm), ([row, letter = '']) => ({
    hop: hop.slice(0, hop.indexOf('\n')),
    letter,
    row,
  })),
)
const linksIn = (text: string): string[] => Array.from(text.matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, path = '']) => path)
const proofsIn = (row: string): string[] => Array.from(row.matchAll(/npm run chaos -- (\w+)/g), ([, name = '']) => name)

test('every hop from the sender to the customer, and each beside it, has all six kinds of threat', () => {
  const incomplete = hops.flatMap((hop) => {
    const name = hop.slice(0, hop.indexOf('\n'))
    const letters = new Set(threats.filter((threat) => threat.hop === name).map(({ letter }) => letter))
    return [...'STRIDE'].filter((letter) => !letters.has(letter)).map((letter) => `${name}: ${letter}`)
  })
  expect(hops.length).toBeGreaterThan(14)
  expect(incomplete).toEqual([])
})

test('every threat has something that shows that it is held, or the reason why it is accepted', () => {
  const bare = threats.filter(
    ({ row }) => linksIn(row).length === 0 && proofsIn(row).length === 0 && !/accepted, because \w/i.test(row),
  )
  expect(threats.length).toBeGreaterThan(90)
  expect(bare.map(({ hop, row }) => `${hop}: ${row}`)).toEqual([])
})

test('every file that the page leads to, and every proof that it names, exists', () => {
  const missing = linksIn(page).filter((path) => !existsSync(join(root, path)))
  const unknown = proofsIn(page).filter((name) => !existsSync(join(root, `test/chaos/src/${name}.ts`)))
  expect([...missing, ...unknown]).toEqual([])
})

test('every setting and topic that the page names exists', () => {
  const settings = readFileSync(join(root, 'docs/settings.md'), 'utf8')
  const topics = readFileSync(join(root, 'docs/topics.md'), 'utf8')
  const named = Array.from(page.matchAll(/`([A-Z]+_[A-Z_]+)(?:=\w+)?`/g), ([, name = '']) => name)
  const streams = Array.from(
    page.matchAll(/`((?:webhooks|operations|conversations)\.[\w.-]+)`/g),
    ([, name = '']) => name,
  )
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((name) => !settings.includes(`\`${name}\``))).toEqual([])
  expect(streams.filter((name) => !topics.includes(name))).toEqual([])
})
