import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Office, type Person, startOffice } from './people.ts'
import { expectRefusal, expectStillOpen, type Refused } from './refusals.ts'

/* As two-person.test.ts: every way in which one person might pass the approval of two by accounts that count as theirs. */
describe('one person with several accounts', () => {
  let office: Office
  let ada: Person

  beforeAll(async () => {
    // Real concurrency: each request has a connection of its own.
    office = await startOffice({ kind: 'postgres' })
    ada = await office.admin()
  })
  afterAll(() => office.close())

  const expectRefused = (...refused: Refused) => expectRefusal(office, ...refused)

  test('by a second account with the same mailbox, however it is spelt', async () => {
    const [one, other] = [await office.operator(), await office.approver()]
    const mail = (user: Person, email: string) =>
      office.deps.db.updateTable('users').set({ email }).where('id', '=', user.userId).execute()
    await mail(one, 'grace.hopper@gmail.com')
    await mail(other, 'GraceHopper+work@googlemail.com')
    await expectRefused(other, await office.asks(one), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by making an account and approving as it', async () => {
    const asked = await office.asks(ada)
    await expectRefused(await office.makes(ada), asked, 'MR_CONSOLE_SAME_PERSON')
  })

  test('by making an account, asking as it, and approving as oneself', async () => {
    await expectRefused(ada, await office.asks(await office.makes(ada, 'operator')), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by making two accounts, asking as one and approving as the other', async () => {
    const [one, other] = [await office.makes(ada), await office.makes(ada)]
    await expectRefused(other, await office.asks(one), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by an account of an account', async () => {
    const middle = await office.makes(ada, 'admin', '*')
    await expectRefused(await office.makes(middle), await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
  })

  test('by taking over a colleague’s account with a new link to it', async () => {
    const bob = await office.approver()
    const asked = await office.asks(ada)
    const { body } = await office.post(ada, `/api/v1/users/${bob.userId}/link`)
    await expectRefused(await office.signIn(body.link), asked, 'MR_CONSOLE_SAME_PERSON')
  })

  test('by vouching for an account of one’s own, as oneself, as that account, as a third one or by a token', async () => {
    const [puppet, third] = [await office.makes(ada, 'admin', '*'), await office.makes(ada, 'admin', '*')]
    for (const who of [ada, puppet, third]) {
      const { status, body } = await office.vouches(who, puppet)
      expect([status, body.code]).toEqual([403, 'MR_CONSOLE_SAME_PERSON'])
    }
    const bob = await office.admin()
    const token = await office.tokenOf(bob, 'admin')
    expect((await office.vouches(token, puppet)).status).toBe(403)
    await expectRefused(puppet, await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
  })

  test('an account that somebody independent vouched for is a second person, until its maker gives it a new link', async () => {
    const bob = await office.admin()
    const carol = await office.makes(ada)
    expect((await office.vouches(bob, carol)).status).toBe(204)
    expect((await office.approves(carol, await office.asks(ada))).body.status).toBe('done')
    const { body } = await office.post(ada, `/api/v1/users/${carol.userId}/link`)
    await expectRefused(await office.signIn(body.link), await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
  })

  describe('by what one kept of an account from before somebody vouched for it:', () => {
    let vera: Person
    /** Made by ada; the same account opened by her, and by the person it is for. */
    let [hers, carol]: Person[] = []
    const accountOf = (person: Person | undefined) => `/api/v1/users/${person?.userId}`

    beforeAll(async () => {
      vera = await office.admin()
      // Somebody must be left who can log in as administrator.
      await office.call(vera, 'PUT', '/api/v1/me/password', { password: 'known to vera alone' })
    })
    beforeEach(async () => {
      hers = await office.makes(ada, 'admin', '*')
      carol = await office.signIn((await office.post(ada, `${accountOf(hers)}/link`)).body.link)
    })
    const vouched = async () => {
      if (carol === undefined) throw new Error('nobody there')
      expect((await office.vouches(vera, carol)).status).toBe(204)
      return carol
    }

    test('a link that was not used', async () => {
      const { link } = (await office.post(ada, `${accountOf(carol)}/link`)).body
      await vouched()
      const code = new URL(link).hash.replace(/^#code=/, '')
      expect((await office.post(undefined, '/api/v1/login', { code })).status).toBe(401)
    })

    test('a session', async () => {
      await vouched()
      await expectRefused(hers, await office.asks(ada), 'MR_CONSOLE_UNAUTHENTICATED', 401)
    })

    test('a password', async () => {
      const password = 'known to two people'
      expect((await office.call(carol, 'PUT', '/api/v1/me/password', { password })).status).toBe(204)
      await vouched()
      const { name } = (await office.call(ada, 'GET', accountOf(carol))).body
      expect((await office.post(undefined, '/api/v1/login', { name, password })).status).toBe(401)
    })

    test('a token that asks', async () => {
      if (hers === undefined) throw new Error('nobody there')
      const token = await office.tokenOf(hers)
      await vouched()
      expect((await office.tryToAsk(token)).status).toBe(401)
    })

    test('a request that is open', async () => {
      if (hers === undefined) throw new Error('nobody there')
      const asked = await office.asks(hers)
      await vouched()
      const { status, body } = await office.approves(ada, asked)
      expect([status, body.code]).toEqual([409, 'MR_CONSOLE_APPROVAL_CLOSED'])
      await expectStillOpen(office, asked.id, 'cancelled')
    })

    test('a further account made as it', async () => {
      if (hers === undefined) throw new Error('nobody there')
      const further = await office.makes(hers)
      await vouched()
      await expectRefused(further, await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
    })

    test('a login with its password at the same moment', async () => {
      const password = 'known to two people'
      expect((await office.call(carol, 'PUT', '/api/v1/me/password', { password })).status).toBe(204)
      const { name } = (await office.call(ada, 'GET', accountOf(carol))).body
      const asked = await office.asks(ada)
      const [logIn] = await Promise.all([
        office.app.inject({ method: 'POST', url: '/api/v1/login', payload: { name, password } }),
        vouched(),
      ])
      const [cookie = ''] = String(logIn.headers['set-cookie']).split(';')
      await expectRefused(
        { userId: '', headers: { cookie, 'x-csrf-token': logIn.json().csrf_token ?? '' } },
        asked,
        'MR_CONSOLE_UNAUTHENTICATED',
        401,
      )
    })

    test('a number that is not the one of the account’s owner', async () => {
      const path = `${accountOf(carol)}/vouch`
      expect((await office.post(vera, path, {})).status).toBe(400)
      expect((await office.post(vera, path, { code: '0000 0000' })).status).toBe(400)
      await expectRefused(carol, await office.asks(ada), 'MR_CONSOLE_SAME_PERSON')
    })

    test('and its owner stays, sets a new password and is a second person', async () => {
      const owner = await vouched()
      const password = 'known to one person'
      expect((await office.call(owner, 'PUT', '/api/v1/me/password', { password })).status).toBe(204)
      expect((await office.approves(owner, await office.asks(ada))).body.decided_mode).toBe('two-person')
      expect((await office.approves(owner, await office.asks(vera))).body.decided_mode).toBe('two-person')
      // What is made as it from now on is its own.
      expect((await office.approves(await office.makes(owner), await office.asks(ada))).status).toBe(200)
    })
  })
})
