import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../src/styles/tokens.css'), 'utf8')
const tokens = new Map(
  Array.from(css.matchAll(/(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g), ([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

const grounds = ['--ground', '--surface', '--raised']
const texts = ['--ink', '--ink-soft', '--water', '--bad']
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ...['good', 'warn', 'bad', 'water'].map((state) => [`--${state}`, `--${state}-soft`] as const),
  ...['good', 'warn', 'bad', 'water'].map((state) => ['--ink', `--${state}-soft`] as const),
  ['--on-water', '--water'] as const,
  ['--surface', '--ink'] as const,
]

// WCAG 2.2, 1.4.3: 4.5 : 1 for text; 1.4.11: 3 : 1 for what tells a control or a state apart.
describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  test.each(pairs)('%s can be read on %s', (text, ground) => {
    expect(contrast(colour(text, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['--line-strong', '--water', '--bad', '--warn'])('%s can be told from what it stands on', (line) => {
    for (const ground of grounds)
      expect(contrast(colour(line, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(3)
  })
})

function colour(name: string, scheme: 'light' | 'dark'): string {
  const token = tokens.get(name)
  if (token === undefined) throw new Error(`tokens.css has no ${name}`)
  return token[scheme]
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
