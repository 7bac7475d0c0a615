import type { Grant } from '@millrace/console-client'
import { usage } from './command.ts'

const roles = ['viewer', 'operator', 'approver', 'admin'] as const

/** The roles of somebody new. @throws CliError `MR_CLI_USAGE` where there is none */
export function requireRoles(texts: readonly string[] | undefined, name: string): Grant[] {
  if (texts === undefined || texts.length === 0) throw usage(`${name} needs --role`, name)
  return readRoles(texts, name)
}

/** Reads `TENANT:ROLE` of each. @throws CliError `MR_CLI_USAGE` */
export function readRoles(texts: readonly string[], name: string): Grant[] {
  return texts.map((text) => {
    const at = text.lastIndexOf(':')
    const [tenant, word] = [text.slice(0, at), text.slice(at + 1)]
    const role = roles.find((known) => known === word)
    if (at < 1 || role === undefined)
      throw usage(`--role ${text} is no TENANT:ROLE; roles are ${roles.join(', ')}, and * is every tenant`, name)
    return { tenant, role }
  })
}

/** Roles in one cell of a table. */
export function showRoles(grants: readonly Grant[]): string {
  return grants.map(({ tenant, role }) => `${tenant}:${role}`).join(' ') || '-'
}

export const roleOption = {
  type: 'list',
  value: 'TENANT:ROLE',
  doc: 'A role in a tenant, or in all (*): viewer, operator, approver, admin. May be given several times.',
} as const
