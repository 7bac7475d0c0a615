import type { Page } from 'playwright-core'

/** Asks the API for something as whoever is logged in on the page: for what has no button of its own. @throws Error with the answer when it is refused */
export function callApi<T>(page: Page, path: string, body: unknown): Promise<T> {
  return page.evaluate(
    async ([address, json]) => {
      const me = await (await fetch('/api/v1/me')).json()
      const response = await fetch(`/api/v1/tenants/${me.tenants[0].tenant}${address}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf-token': me.csrf_token },
        body: json,
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${response.status} ${text}`)
      return JSON.parse(text)
    },
    [path, JSON.stringify(body)] as const,
  )
}
