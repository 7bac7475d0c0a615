import { request } from 'node:https'

/** An object as the API server takes and gives it. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: unknown
  readonly status?: unknown
}

/** What an answer may hold, by what was asked. */
interface Body extends Partial<Pick<ApiObject, 'spec'>> {
  readonly message?: string
  readonly metadata?: { readonly uid?: string }
  readonly items?: readonly ApiObject[]
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export interface Answer {
  readonly status: number
  readonly body: Body
}

/** The API of a Kubernetes API server on loopback. */
export interface KubeApi {
  ask(method: string, path: string, body?: unknown, type?: string): Promise<Answer>
  /** Path of an object, by what the server says about its kind. */
  pathOf(object: Pick<ApiObject, 'apiVersion' | 'kind' | 'metadata'>, namespace: string): Promise<string>
}

const ANSWER_WITHIN_MS = 30_000

/** For the server that `kube-api.sh` starts: its certificate is its own, its token is known. */
export function kubeApi(port: number): KubeApi {
  const kinds = new Map<string, Promise<Map<string, { plural: string; isNamespaced: boolean }>>>()
  const ask: KubeApi['ask'] = (method, path, body, type = 'application/json') =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const headers = { authorization: 'Bearer local', 'content-type': type, 'content-length': Buffer.byteLength(text) }
      const options = {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers,
        rejectUnauthorized: false,
        agent: false,
      } as const
      const asking = request({ ...options, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const all = Buffer.concat(parts).toString()
          resolve({ status: answer.statusCode ?? 0, body: (all === '' ? {} : JSON.parse(all)) as Body })
        })
      })
      asking.on('error', reject)
      asking.end(text)
    })
  const kindsOf = (base: string) => {
    const known = kinds.get(base) ?? readKinds(ask, base)
    kinds.set(base, known)
    return known
  }
  return {
    ask,
    async pathOf({ apiVersion, kind, metadata }, namespace) {
      const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
      const found = (await kindsOf(base)).get(kind)
      if (found === undefined) throw new Error(`the API server does not know ${kind} of ${apiVersion}`)
      const place = found.isNamespaced ? `/namespaces/${metadata.namespace ?? namespace}` : ''
      return `${base}${place}/${found.plural}/${metadata.name}`
    },
  }
}

async function readKinds(ask: KubeApi['ask'], base: string) {
  const { body } = await ask('GET', base)
  return new Map(
    (body.resources ?? [])
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced }) => [kind, { plural: name, isNamespaced: namespaced }]),
  )
}
