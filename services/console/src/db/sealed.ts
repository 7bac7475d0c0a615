import type { SealedTexts } from '@millrace/kafka'
import type { KyselyPlugin, PluginTransformResultArgs, QueryResult, UnknownRow } from 'kysely'

/** Columns that hold what `SealedTexts.seal` made begin so. */
const PREFIX = 'sealed'

export interface OpenSealedParts {
  readonly texts: Pick<SealedTexts, 'prepareOpen' | 'open'>
  /** Told of a value that cannot be opened though nobody erased it: its key is lost, or its bytes were altered. */
  readonly onUnreadable: (error: unknown) => void
}

/**
 * Opens the encrypted columns of rows on their way out, so that queries name columns and nothing else. What was erased is null, and so is what cannot be
 * opened; a query whose keys cannot be reached rejects (`MR_KAFKA_KEY_PENDING`).
 */
export function openSealed(parts: OpenSealedParts): KyselyPlugin {
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }: PluginTransformResultArgs) => await openedResult(parts, result),
  }
}

async function openedResult(parts: OpenSealedParts, result: QueryResult<UnknownRow>): Promise<QueryResult<UnknownRow>> {
  const columns = Object.keys(result.rows[0] ?? {}).filter((name) => name.startsWith(PREFIX))
  if (columns.length === 0) return result
  const boxes = result.rows.flatMap((row) => columns.flatMap((name) => boxIn(row[name]) ?? []))
  if (boxes.length === 0) return result
  await parts.texts.prepareOpen(boxes)
  const rows = result.rows.map((row) => ({
    ...row,
    ...Object.fromEntries(columns.map((name) => [name, opened(parts, boxIn(row[name]))])),
  }))
  return { ...result, rows }
}

function boxIn(value: unknown): Buffer | undefined {
  return Buffer.isBuffer(value) ? value : undefined
}

function opened({ texts, onUnreadable }: OpenSealedParts, box: Buffer | undefined): Buffer | null {
  if (box === undefined) return null
  try {
    return texts.open(box) ?? null
  } catch (error) {
    const { code, retryable } = error as { readonly code?: unknown; readonly retryable?: unknown }
    if (retryable === true) throw error
    if (code !== 'MR_KAFKA_ERASED') onUnreadable(error)
    return null
  }
}

/** A row with what its opened box holds in place of what its columns show instead. */
export function withOpened<R extends { readonly sealed: Buffer | null }>({ sealed, ...row }: R): Omit<R, 'sealed'> {
  return sealed === null ? row : { ...row, ...(JSON.parse(sealed.toString()) as Partial<Omit<R, 'sealed'>>) }
}
