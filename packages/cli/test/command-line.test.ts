import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { commands } from '../src/commands.ts'
import { millrace } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

test('without a command it shows every command', async () => {
  const { code, out } = await runInside([])
  expect(code).toBe(0)
  for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`  ${name} .*${summary.slice(0, 20)}`))
})

test('every command has a help that names each of its options', async () => {
  const helps = await Promise.all(commands.map(({ name }) => runInside([...name.split(' '), '--help'])))
  for (const [place, { options, takes }] of commands.entries()) {
    expect(helps[place]?.code).toBe(0)
    for (const word of [...Object.keys(options).map((option) => `--${option}`), ...takes])
      expect(helps[place]?.out).toContain(word)
  }
})

test('the help of a group shows the commands below it', async () => {
  const { code, out } = await runInside(['endpoints', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('endpoints remove ID')
  expect(out).not.toContain('schemas export')
})

const mistakes: readonly (readonly [string[], string])[] = [
  [['tial'], 'unknown command "tial"'],
  [['endpoints'], 'endpoints what?'],
  [['topics', '--jsn'], "Unknown option '--jsn'"],
  [['topics', 'cretae'], 'does not take "cretae"'],
  [['topics', '--event-partitions', '0'], '--event-partitions is a whole number from 1 to 999, not "0"'],
  [['tail'], 'tail needs TOPIC'],
  [['tail', 'evnets'], 'no topic "evnets"'],
  [['tail', 'events.dlq.nobody'], 'no group "nobody"'],
  [['tail', 'events', '--count', '0'], '--count is a whole number'],
  [['tail', 'events', '--from', 'end'], '--from (beyond beginning and now) is a time ago'],
  [['send', 'x.json'], '--source is front or make'],
  [['endpoints', 'key', 'ep_1', '--format', 'der'], '--format is whpk, pem or jwks, not "der"'],
  [['deliveries', 'list', '--since', '2026-11-23'], '--since is a time ago (24h, 90m, 7d) or a time with its zone'],
]

test.each(mistakes)('%j is one line and exit code 2', async (args, problem) => {
  const { code, out, err } = await runInside(args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(problem)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
})

test('a broker that refuses is one line within ten seconds', async () => {
  const { code, err, tookMs } = await millrace(['topics', 'create'], { KAFKA_BROKERS: '127.0.0.1:1' })
  expect(code).toBe(1)
  expect(err).toMatch(/^millrace: Kafka at 127\.0\.0\.1:1 \(KAFKA_BROKERS\) does not answer.*\n$/)
  expect(tookMs).toBeLessThan(10_000)
})

test('a broker that takes connections and says nothing is one line within ten seconds', async () => {
  const mute = createServer(() => {})
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const brokers = `127.0.0.1:${(mute.address() as AddressInfo).port}`
  const { code, err, tookMs } = await millrace(['tail', 'events'], { KAFKA_BROKERS: brokers })
  mute.close()
  expect(code).toBe(1)
  expect(err.split('\n')).toHaveLength(2)
  expect(err).toContain('does not answer')
  expect(tookMs).toBeLessThan(10_000)
})

test('a setting that breaks its rule is named', async () => {
  const { code, err } = await millrace(['topics'], { KAFKA_EVENT_PARTITIONS: 'many' })
  expect(code).toBe(1)
  expect(err).toContain('KAFKA_EVENT_PARTITIONS="many"')
})
