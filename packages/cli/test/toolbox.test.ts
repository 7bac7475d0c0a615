import { readSettings } from '@millrace/service-kit'
import { expect, test } from 'vitest'
import { settings as cliSettings, gatewayUrlOf } from '../src/settings.ts'
import { runInside } from './support/run-inside.ts'

test('it stays open until it is stopped, which is no failure', async () => {
  const stop = new AbortController()
  const running = runInside(['toolbox'], stop.signal)
  const stillOpen = await Promise.race([running, new Promise((resolve) => setImmediate(resolve, 'open'))])
  expect(stillOpen).toBe('open')
  stop.abort()
  expect(await running).toMatchObject({ code: 0, err: '' })
})

test('it ends by itself when its time is over', async () => {
  expect(await runInside(['toolbox', '--for', '1ms'])).toMatchObject({ code: 0, err: '' })
})

test.each(['8', '0s', '25h', 'tomorrow'])('--for %s is refused', async (text) => {
  const { code, err } = await runInside(['toolbox', '--for', text])
  expect(code).toBe(2)
  expect(err).toContain(`--for is a time up to 24h, such as 30m or 2h, not "${text}"`)
})

test('the gateway is where the settings of the toolbox say, else the local one', () => {
  const settings = readSettings(cliSettings, { variables: { GATEWAY_PORT: '8123' } }).values
  expect(gatewayUrlOf(settings)).toBe('http://127.0.0.1:8123')
  expect(gatewayUrlOf({ ...settings, gatewayUrl: 'http://millrace-gateway:8000/' })).toBe(
    'http://millrace-gateway:8000',
  )
})
