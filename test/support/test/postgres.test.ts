import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from '../src/index.ts'

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a killed Postgres comes back with its data on its port, a wiped one without', async () => {
  const server = await startPostgres()
  try {
    const url = await server.createDatabase()
    await ask(url, 'create table kept (n integer)')
    await ask(url, 'insert into kept values (1)')
    await server.kill()
    await expect(ask(url, 'select 1')).rejects.toThrow('ECONNREFUSED')
    await server.start()
    expect(await ask(url, 'select n from kept')).toEqual([{ n: 1 }])
    await server.wipe()
    await expect(ask(url, 'select 1')).rejects.toThrow('does not exist')
  } finally {
    await server.stop()
  }
})
