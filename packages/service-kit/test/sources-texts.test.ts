import { goodSources, nearlyGoodSources, SECRET_MARK, sourcesTexts, wholeSourcesText } from '@millrace/test-support'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { parseSources } from '../src/sources-file.ts'

/** Milliseconds of this thread's processor: what else the machine does says nothing about the parser. */
const MAX_MS = 50
const resolve = (name: string) => (name === 'A' ? { text: `${SECRET_MARK}-a` } : { rule: 'is not set' })

// The schema and the code that checks by it are compiled at the first texts.
beforeAll(async () => {
  for (let times = 0; times < 5; times++) await parseSources(wholeSourcesText, resolve)
})

/** Of several readings the quickest counts: a collection of garbage falls into any of them. */
async function parseTimed(
  text: string,
  readings = 5,
): Promise<{ result: Awaited<ReturnType<typeof parseSources>>; ms: number }> {
  const before = process.threadCpuUsage()
  const result = await parseSources(text, resolve)
  const { user, system } = process.threadCpuUsage(before)
  const ms = (user + system) / 1_000
  if (ms < MAX_MS || readings === 1) return { result, ms }
  const again = await parseTimed(text, readings - 1)
  return { result, ms: Math.min(ms, again.ms) }
}

test('any text gives sources, or problems with their lines that tell no secret, within 50 ms', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(sourcesTexts(fc), nearlyGoodSources(fc)), async (text) => {
      const { result, ms } = await parseTimed(text)
      expect(ms).toBeLessThan(MAX_MS)
      if (!Array.isArray(result)) {
        expect(result).toMatchObject({ sources: expect.any(Array) })
        return
      }
      expect(result.length).toBeGreaterThan(0)
      const lines = text.split('\n').length
      for (const { line, column, field, rule } of result) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(rule).not.toBe('')
        expect(`${field} ${rule}`).not.toContain(SECRET_MARK)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  )
})

test('every file that keeps the rules is taken', async () => {
  expect(await parseSources(wholeSourcesText, resolve)).not.toBeInstanceOf(Array)
  await fc.assert(
    fc.asyncProperty(goodSources(fc), async (text) => {
      expect(await parseSources(text, resolve)).toMatchObject({ sources: expect.any(Array) })
    }),
    { numRuns: 200 },
  )
})

test('of files with one value changed some are taken and some are refused', async () => {
  const texts = fc.sample(nearlyGoodSources(fc), 200)
  const taken = await Promise.all(texts.map(async (text) => !Array.isArray(await parseSources(text, resolve))))
  expect(new Set(taken)).toEqual(new Set([true, false]))
})

test.each(['? ', '[', '{a: ', '- ', 'a: ', '&a ', '!a ', '*a ', '"', '\n', '\t', '---\n', '[*a,', '{? '])(
  'a megabyte of %j is refused or read without a long stall',
  async (piece) => {
    const { result, ms } = await parseTimed(piece.repeat(1_048_576 / piece.length))
    expect(result).toBeInstanceOf(Array)
    expect(ms).toBeLessThan(MAX_MS)
  },
)
