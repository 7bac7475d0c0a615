import { FRONT_PATH, signFront } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { createSourceRoutes, pathOf } from '../src/source-routes.ts'
import { frontSource, install, makeSource, secrets } from './support/installation.ts'

test('a source is found by its path, however the target writes it', () => {
  const routes = createSourceRoutes([frontSource, makeSource])
  for (const url of [
    FRONT_PATH,
    `${FRONT_PATH}/`,
    `${FRONT_PATH}?a=/b`,
    `http://host${FRONT_PATH}`,
    '/api/webhooks/fr%6Fnt',
  ])
    expect(routes.at(url)?.name).toBe('front')
  for (const url of ['/', '*', '', `${FRONT_PATH}/x`, '/API/webhooks/front', `/${FRONT_PATH}`, '/api/webhooks/%ff'])
    expect(routes.at(url)).toBeUndefined()
})

test('the path of a target that is none is none', () => {
  expect(pathOf('/%')).toBeUndefined()
  expect(pathOf('/')).toBe('/')
})

test('sources come and go while the gateway runs', async () => {
  const at = await install({ sources: [frontSource] })
  try {
    const body = Buffer.from('{"type":"comment","id":"evt_1"}')
    const status = async (path: string) => (await at.post(path, body, signFront(body, 'app', secrets.front))).status
    expect([await status(FRONT_PATH), await status('/api/webhooks/second')]).toEqual([200, 404])
    at.gateway.useSources([{ ...frontSource, name: 'second', path: '/api/webhooks/second' }])
    expect([await status(FRONT_PATH), await status('/api/webhooks/second')]).toEqual([404, 200])
  } finally {
    await at.close()
  }
})
