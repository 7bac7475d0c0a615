import { command, usage } from './command.ts'
import { allPages, asked, requireConsole } from './console.ts'
import { requireRoles, roleOption, showRoles } from './read-roles.ts'
import { textTable } from './table.ts'

const WHAT = 'Making tokens'

/** `tokens list` */
export const showTokens = command({
  name: 'tokens list',
  takes: [],
  summary: "Show one's own tokens of the console; everybody's for an administrator.",
  options: { json: { type: 'boolean', doc: 'One JSON object per line.' } },
  async run({ options }, terminal) {
    const client = requireConsole(WHAT)
    const tokens = await allPages((query) => asked(client.GET('/api/v1/tokens', { params: { query } })))
    if (options.json) for (const token of tokens) terminal.line(JSON.stringify(token))
    else
      terminal.line(
        textTable(
          ['TOKEN', 'NAME', 'ROLES', 'EXPIRES', 'LAST USED', 'USER'],
          tokens.map(({ id, name, roles, expires_at, last_used_at, user_id }) => [
            id,
            name,
            showRoles(roles),
            expires_at === null ? 'never' : new Date(expires_at).toISOString(),
            last_used_at === null ? '-' : new Date(last_used_at).toISOString(),
            user_id,
          ]),
        ),
      )
    return 0
  },
})

/** `tokens add` */
export const addToken = command({
  name: 'tokens add',
  takes: ['NAME'],
  summary: 'Make a token of the console for a program; prints it, once.',
  details: 'It may do no more than whoever makes it.\nExample: millrace tokens add assistant --role default:viewer',
  options: {
    role: roleOption,
    days: { type: 'string', value: 'N', doc: 'Days until it expires, or "never". Default 90.' },
  },
  async run({ args: [name = ''], options }, terminal) {
    const roles = requireRoles(options.role, 'tokens add')
    const body = { name, roles, expires_in_days: readDays(options.days) }
    const { token, secret } = await asked(requireConsole(WHAT).POST('/api/v1/tokens', { body }))
    terminal.note(`Token ${token.id}, ${showRoles(token.roles)}; it is shown only here:`)
    terminal.line(secret)
    return 0
  },
})

/** `tokens revoke` */
export const revokeToken = command({
  name: 'tokens revoke',
  takes: ['TOKEN'],
  summary: 'End a token of the console at once, by its id.',
  options: {},
  async run({ args: [token_id = ''] }, terminal) {
    await asked(requireConsole(WHAT).DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id } } }))
    terminal.note(`${token_id} is revoked`)
    return 0
  },
})

function readDays(text = '90'): number | null {
  if (text === 'never') return null
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text)
  throw usage(`--days ${text} is no number of days, nor "never"`, 'tokens add')
}
