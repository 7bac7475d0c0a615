import { expect, test } from 'vitest'
import { isBlockedAddress } from '../src/blocked-ranges.ts'
import { guardedLookup, readTarget } from '../src/guard-target.ts'

const strict = { allowHttp: false, allowPrivate: false }

const blocked = [
  ...[
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
  ],
  ...[
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...[
    '100.100.100.200',
    '168.63.129.16',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
  ],
  ...[
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ],
  ...['', 'localhost', '127.1', '0x7f000001'],
]
test.each(blocked)('%s is not delivered to', (address) => expect(isBlockedAddress(address)).toBe(true))

const open = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '2003::1',
]
test.each(open)('%s is a public address', (address) => expect(isBlockedAddress(address)).toBe(false))

const refusedUrls = [
  ['http://customer.example/', 'MR_DELIVERY_URL_REFUSED'],
  ['ftp://customer.example/', 'MR_DELIVERY_URL_REFUSED'],
  ['file:///etc/passwd', 'MR_DELIVERY_URL_REFUSED'],
  ['https://user@customer.example/', 'MR_DELIVERY_URL_REFUSED'],
  ['no url', 'MR_DELIVERY_URL_REFUSED'],
  ['https://127.0.0.1/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://127.1/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://0x7f.0.0.1/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://2130706433/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://0177.0.0.1/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://127。0。0。1/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://[::1]/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://[::ffff:10.0.0.1]/', 'MR_DELIVERY_ADDRESS_REFUSED'],
  ['https://169.254.169.254/latest/meta-data/', 'MR_DELIVERY_ADDRESS_REFUSED'],
] as const
test.each(refusedUrls)('%s is refused: %s', (url, code) => {
  expect(() => readTarget(url, strict)).toThrow(expect.objectContaining({ code }))
})

test('a public https URL is taken as it is', () => {
  expect(readTarget('https://customer.example:8443/a?b=c', strict).href).toBe('https://customer.example:8443/a?b=c')
})

type Address = { address: string; family: number }
function lookUp(addresses: Address[], allowPrivate: boolean, all = true): Promise<unknown> {
  const lookup = guardedLookup(allowPrivate, (_host, _options, done) => done(null, addresses))
  return new Promise((resolve, reject) => {
    lookup('customer.example', { all }, (error, found) => (error ? reject(error) : resolve(found)))
  })
}
const publicOne = { address: '1.1.1.1', family: 4 }
const privateOne = { address: '10.0.0.1', family: 4 }

test('a name is connected to at the addresses that were vetted', async () => {
  expect(await lookUp([publicOne], false)).toEqual([publicOne])
  expect(await lookUp([publicOne], false, false)).toBe('1.1.1.1')
})

test('one bad address among good ones refuses the name', async () => {
  await expect(lookUp([publicOne, privateOne], false)).rejects.toMatchObject({ code: 'MR_DELIVERY_ADDRESS_REFUSED' })
})

test('private addresses are taken where the setting says so', async () => {
  expect(await lookUp([privateOne], true)).toEqual([privateOne])
})
