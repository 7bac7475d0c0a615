import freeMailDomains from 'free-email-domains'
import { describe, expect, it, test } from 'vitest'
import { organisationDomain } from '../../src/text/mail-domain.ts'
import { mentionsIn } from '../../src/text/mentions-in.ts'
import { moreMailProviders } from '../../src/text/more-mail-providers.ts'

describe('a domain at which anybody has an address stands for no organisation', () => {
  it.each([
    [
      'large providers',
      'gmail.com googlemail.com outlook.com outlook.co.uk hotmail.co.uk yahoo.fr icloud.com me.com aol.com gmx.de web.de',
    ],
    [
      'privacy mail',
      'hey.com tutanota.com tuta.com tuta.io mailbox.org proton.me pm.me posteo.de fastmail.com startmail.com riseup.net',
    ],
    [
      'relays',
      'passmail.net simplelogin.com privaterelay.appleid.com duck.com mozmail.com anonaddy.com aleeas.com slmail.me burnermail.io',
    ],
    [
      'lines at home in Europe',
      'telia.com vodafone.de t-online.de btinternet.com talktalk.net orange.fr free.fr libero.it tim.it bluewin.ch',
    ],
    [
      'lines at home elsewhere',
      'sympatico.ca comcast.net xfinity.com rogers.com bigpond.com xtra.co.nz telkomsa.net hinet.net globo.com',
    ],
  ])('%s', (_, domains) => {
    expect(domains.split(' ').filter((domain) => organisationDomain(`jo@${domain}`) !== null)).toEqual([])
  })

  it('nor does an alias that has a host of its own below it', () => {
    expect(organisationDomain('shop@jo.anonaddy.com')).toBeNull()
    expect(organisationDomain('jo@nb.sympatico.ca')).toBeNull()
  })

  it('in a text', () => {
    const text = 'Write to jo@hey.com, x7f2@privaterelay.appleid.com or jo@outlook.co.uk, not to jo@acme.co.uk.'
    const { mentions } = mentionsIn(text, { format: 'plain', receivedAt: 0 })
    const found = mentions.filter(({ kind }) => kind === 'organisation').map(({ value }) => value)
    expect(found).toEqual(['acme.co.uk'])
  })
})

test('a company whose people write from its domain is one, be it a provider', () => {
  const domains = ['apple.com', 'mail.apple.com', 'github.com', 'mozilla.org', 'bell.ca', 'bk.com', 'vodafone.com']
  expect(domains.map((domain) => organisationDomain(`jo@${domain}`))).toEqual([
    'apple.com',
    'apple.com',
    'github.com',
    'mozilla.org',
    'bell.ca',
    'bk.com',
    'vodafone.com',
  ])
})

test('the supplement holds what the list lacks, each once', () => {
  expect(new Set(moreMailProviders).size).toBe(moreMailProviders.length)
  expect(moreMailProviders.filter((domain) => freeMailDomains.includes(domain))).toEqual([])
})
