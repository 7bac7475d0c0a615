import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { localEnvironment, portsOf } from '../src/local-env.ts'
import { commandEnv, runningEnv } from '../src/running-env.ts'
import { services, simulators } from '../src/services.ts'

let checkout: string

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'millrace-env-'))
})
afterEach(() => rmSync(checkout, { recursive: true }))

describe('the settings of the local stack', () => {
  test('hold secrets that are made once', () => {
    const { env } = localEnvironment(checkout, {})
    expect(env.WEBHOOK_SECRET).toMatch(/^[0-9a-f]{64}$/)
    expect(localEnvironment(checkout, {}).env.WEBHOOK_SECRET).toBe(env.WEBHOOK_SECRET)
  })

  test('take what .env says before what is made here, and a variable before .env', () => {
    writeFileSync(join(checkout, '.env'), 'WEBHOOK_SECRET=mine\nKAFKA_EVENT_PARTITIONS=8\n')
    const { env } = localEnvironment(checkout, { KAFKA_EVENT_PARTITIONS: '2' })
    expect(env).toMatchObject({ WEBHOOK_SECRET: 'mine', KAFKA_EVENT_PARTITIONS: '2' })
  })

  test('leave a secret alone that comes from a file', () => {
    expect(localEnvironment(checkout, { WEBHOOK_SECRET_FILE: '/run/secret' }).env).not.toHaveProperty('WEBHOOK_SECRET')
  })

  test('name the real Front as soon as there is a token', () => {
    const simulated = localEnvironment(checkout, { FRONT_SIMULATOR_PORT: '4321' })
    expect(simulated).toMatchObject({ isSimulated: true, env: { FRONT_API_BASE_URL: 'http://127.0.0.1:4321' } })
    const real = localEnvironment(checkout, { FRONT_API_TOKEN: 'token' })
    expect(real.isSimulated).toBe(false)
    expect(real.env).not.toHaveProperty('FRONT_API_BASE_URL')
  })

  test('give the simulated Front and the budget the same plan', () => {
    const plans = (given: Record<string, string>) => {
      const { env } = localEnvironment(checkout, given)
      return [env.FRONT_SIMULATOR_CALLS_PER_MINUTE, env.FRONT_API_CALLS_PER_MINUTE]
    }
    expect(plans({})).toEqual(['200', '200'])
    expect(plans({ FRONT_SIMULATOR_CALLS_PER_MINUTE: '50' })).toEqual(['50', '50'])
    expect(plans({ FRONT_SIMULATOR_CALLS_PER_MINUTE: '0' })).toEqual(['0', '6000'])
  })

  test('give the command line the console and its token, and the console what is moved', () => {
    const { env } = localEnvironment(checkout, { CONSOLE_PORT: '8100', DEDUP_ADMIN_PORT: '9181' })
    expect(env).toMatchObject({ CONSOLE_HOST: '127.0.0.1', MILLRACE_CONSOLE_URL: 'http://127.0.0.1:8100' })
    expect(env.CONSOLE_ADMIN_TOKEN).toMatch(/^[0-9a-f]{64}$/)
    expect(env.MILLRACE_CONSOLE_TOKEN).toBe(env.CONSOLE_ADMIN_TOKEN)
    expect(env.CONSOLE_SERVICES?.split(',')).toContain('dedup=http://127.0.0.1:9181')
    expect(localEnvironment(checkout, { CONSOLE_ADMIN_TOKEN: 'mine' }).env.MILLRACE_CONSOLE_TOKEN).toBe('mine')
  })

  test('are those of the npm start that runs, ports too', () => {
    const ports = portsOf({ GATEWAY_PORT: '8010', FRONT_SIMULATOR_PORT: '4321' }, [...simulators, ...services])
    expect(ports).toMatchObject({ GATEWAY_PORT: '8010', GATEWAY_ADMIN_PORT: '9080', RECEIVER_PORT: '8098' })
    const running = { pid: 1, began: '', brokers: '127.0.0.1:9', redisUrl: 'redis://127.0.0.1:8', ports }
    const { env } = runningEnv(running, checkout, { GATEWAY_PORT: '8000' })
    expect(env).toMatchObject({
      GATEWAY_PORT: '8010',
      FRONT_API_BASE_URL: 'http://127.0.0.1:4321',
      KAFKA_BROKERS: '127.0.0.1:9',
    })
  })

  test('a command beside a running stack asks the servers that are named in it, and else those of the stack', () => {
    const running = { pid: 1, began: '', brokers: '127.0.0.1:9', redisUrl: 'redis://127.0.0.1:8' }
    expect(commandEnv(running, checkout, {})).toMatchObject({
      KAFKA_BROKERS: '127.0.0.1:9',
      REDIS_URL: 'redis://127.0.0.1:8',
    })
    expect(commandEnv(running, checkout, { KAFKA_BROKERS: 'kafka:1' })).toMatchObject({
      KAFKA_BROKERS: 'kafka:1',
      REDIS_URL: 'redis://127.0.0.1:8',
    })
  })
})
