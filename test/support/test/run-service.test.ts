import { expect, test } from 'vitest'
import { runService } from '../src/run-service.ts'

test('a service that ends before it is ready is an error that shows its log', async () => {
  await expect(runService({ name: 'no-such-service' })).rejects.toThrow(
    /no-such-service ended with 1 before it was ready.*Cannot find module/s,
  )
})

test('every line is told as it comes, with the name of the service', async () => {
  const lines: string[] = []
  const onLine = (name: string, line: string) => void lines.push(`${name}: ${line}`)
  await expect(runService({ name: 'no-such-service', onLine })).rejects.toThrow('before it was ready')
  expect(lines.join('\n')).toMatch(/^no-such-service: .*Cannot find module/m)
})
