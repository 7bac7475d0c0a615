import { expect, test } from 'vitest'
import { runService } from '../src/run-service.ts'

test('a service that ends before it is ready is an error that shows its log', async () => {
  await expect(runService({ name: 'no-such-service' })).rejects.toThrow(
    /no-such-service ended with 1 before it was ready.*Cannot find module/s,
  )
})
