import type { User } from '@millrace/console-client'
import { command, usage } from './command.ts'
import { allPages, asked, requireConsole } from './console.ts'
import { CliError } from './errors.ts'
import { readRoles, requireRoles, roleOption, showRoles } from './read-roles.ts'
import { textTable } from './table.ts'

type Console = ReturnType<typeof requireConsole>

const WHAT = 'Who may do what'
const json = { type: 'boolean', doc: 'JSON instead of text.' } as const

/** `users list` */
export const showUsers = command({
  name: 'users list',
  takes: [],
  summary: 'Show the users of the console and their roles.',
  options: { json },
  async run({ options }, terminal) {
    const users = await readUsers(requireConsole(WHAT))
    if (options.json) for (const user of users) terminal.line(JSON.stringify(user))
    else terminal.line(asTable(users))
    return 0
  },
})

/** `users add` */
export const addUser = command({
  name: 'users add',
  takes: ['NAME'],
  summary: 'Add a user of the console; prints the one-time link with which they set a password.',
  details: "Example: millrace users add ada --role '*:admin'",
  options: {
    role: roleOption,
    email: { type: 'string', value: 'ADDRESS', doc: 'Mail address, for other people to see.' },
    json,
  },
  async run({ args: [name = ''], options }, terminal) {
    const roles = requireRoles(options.role, 'users add')
    const body = { name, roles, ...(options.email === undefined ? {} : { email: options.email }) }
    const { user, link, link_expires_at } = await asked(requireConsole(WHAT).POST('/api/v1/users', { body }))
    if (options.json) terminal.line(JSON.stringify({ user, link, link_expires_at }))
    else {
      terminal.note(`Give ${user.name} this link; it logs in once, until ${new Date(link_expires_at).toISOString()}:`)
      terminal.line(link)
    }
    return 0
  },
})

/** `users link` */
export const linkUser = command({
  name: 'users link',
  takes: ['NAME'],
  summary: 'Give a user a new one-time link, for a forgotten password.',
  options: {},
  async run({ args: [name = ''] }, terminal) {
    const console = requireConsole(WHAT)
    const path = { user_id: (await findUser(console, name)).id }
    const { link } = await asked(console.POST('/api/v1/users/{user_id}/link', { params: { path } }))
    terminal.line(link)
    return 0
  },
})

/** `users vouch` */
export const vouchForUser = command({
  name: 'users vouch',
  takes: ['NAME'],
  summary: 'Stand for it that an account is a person of its own, for approvals by two people.',
  details:
    "Until then an account counts as its maker's. The user logs in, opens Users and tokens and reads the number for vouching to you, in person: only that\nlogin stays; links, other logins, tokens, the password and open requests of the account end. With CONSOLE_ADMIN_TOKEN as MILLRACE_CONSOLE_TOKEN, as on\nthe console's machine; or by an administrator on the page, whom the same person did not make.\n\nExample: millrace users vouch bob --code '1234 5678'",
  options: {
    code: { type: 'string', value: 'NUMBER', doc: 'The number that the user reads to you from their own page.' },
  },
  async run({ args: [name = ''], options: { code } }, terminal) {
    if (code === undefined)
      throw usage('users vouch needs --code, the number that the user reads to you', 'users vouch')
    const console = requireConsole(WHAT)
    const { id } = await findUser(console, name)
    await asked(console.POST('/api/v1/users/{id}/vouch', { params: { path: { id } }, body: { code } }))
    terminal.line(`vouched  ${name}`)
    return 0
  },
})

/** `users change` */
export const changeUser = command({
  name: 'users change',
  takes: ['NAME'],
  summary: 'Set all roles of a user at once, keep them out, or let them in again.',
  options: {
    role: roleOption,
    disable: { type: 'boolean', doc: 'Keep the user out; sessions and tokens end at once.' },
    enable: { type: 'boolean', doc: 'Let the user in again.' },
  },
  async run({ args: [name = ''], options: { role, disable, enable } }, terminal) {
    if (disable && enable) throw usage('users change takes --disable or --enable, not both', 'users change')
    if (role === undefined && !disable && !enable) throw usage('users change has nothing to change', 'users change')
    const body = {
      ...(role === undefined ? {} : { roles: readRoles(role, 'users change') }),
      ...(disable || enable ? { is_disabled: disable === true } : {}),
    }
    const console = requireConsole(WHAT)
    const path = { user_id: (await findUser(console, name)).id }
    terminal.line(asTable([await asked(console.PATCH('/api/v1/users/{user_id}', { params: { path }, body }))]))
    return 0
  },
})

async function readUsers(console: Console): Promise<User[]> {
  return allPages((query) => asked(console.GET('/api/v1/users', { params: { query } })))
}

/** @throws CliError `MR_CLI_CONSOLE_REFUSED` */
async function findUser(console: Console, name: string): Promise<User> {
  const found = (await readUsers(console)).find((user) => user.name === name || user.id === name)
  if (found === undefined) throw new CliError('MR_CLI_CONSOLE_REFUSED', `there is no user ${name}`)
  return found
}

function asTable(users: readonly User[]): string {
  const time = (at: number | null) => (at === null ? '-' : new Date(at).toISOString())
  return textTable(
    ['NAME', 'ROLES', 'LAST LOGIN', 'STATE', 'ID'],
    users.map(({ name, roles, last_login_at, has_password, is_disabled, id }) => [
      name,
      showRoles(roles),
      time(last_login_at),
      is_disabled ? 'disabled' : has_password ? 'active' : 'no password yet',
      id,
    ]),
  )
}
