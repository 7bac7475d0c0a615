import { type AnyTool, guarded } from './define-tool.ts'

/** The one tool that is of no tenant. */
export const listTenants: AnyTool = {
  register(server, session) {
    const config = {
      title: 'List tenants',
      description:
        'The tenants that this token has rights in, with its role: viewer reads, operator also asks for changes.',
      annotations: { readOnlyHint: true, openWorldHint: false },
    }
    server.registerTool('list_tenants', config, () =>
      guarded(session, 'list_tenants', async () => {
        const { tenants } = await session.me()
        const result = { tenants: tenants.map(({ tenant, role }) => ({ tenant, role })) }
        return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: { result } }
      }),
    )
  },
}
