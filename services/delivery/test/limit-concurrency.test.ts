import { expect, test } from 'vitest'
import { createLimiter } from '../src/limit-concurrency.ts'

function manual() {
  const began: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) => () => {
    began.push(name)
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  return { began, ends, work }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('no more of one key run at once than the limit, the rest in order of arrival', async () => {
  const limiter = createLimiter(2)
  const { began, ends, work } = manual()
  for (const name of ['a', 'b', 'c', 'd']) void limiter.run('k', work(name))
  await settled()
  expect(began).toEqual(['a', 'b'])
  ends[1]?.()
  await settled()
  expect(began).toEqual(['a', 'b', 'c'])
})

test('a key that is full holds back no other key', async () => {
  const limiter = createLimiter(1)
  const { began, work } = manual()
  for (const [key, name] of [
    ['x', 'x1'],
    ['x', 'x2'],
    ['y', 'y1'],
  ] as const)
    void limiter.run(key, work(name))
  await settled()
  expect(began).toEqual(['x1', 'y1'])
})

test('work that throws gives its place back', async () => {
  const limiter = createLimiter(1)
  await expect(limiter.run('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await limiter.run('k', async () => 'next')).toBe('next')
})

test('closing turns away what waits and what comes, and lets what runs end', async () => {
  const limiter = createLimiter(1)
  const { ends, work } = manual()
  const running = limiter.run('k', work('running'))
  const waiting = limiter.run('k', work('waiting'))
  await settled()
  limiter.close()
  await expect(waiting).rejects.toMatchObject({ code: 'MR_KAFKA_TRANSIENT' })
  await expect(limiter.run('other', work('late'))).rejects.toMatchObject({ code: 'MR_KAFKA_TRANSIENT' })
  ends[0]?.()
  await expect(running).resolves.toBeUndefined()
})
