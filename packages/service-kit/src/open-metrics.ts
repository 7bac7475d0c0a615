import type { Exemplar, Exemplars } from './exemplars.ts'

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** Whether a scraper takes OpenMetrics, by its `Accept`. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') === true
}

const BUCKET = /^([a-zA-Z_:][\w:]*)_bucket\{(.*)\} (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/**
 * Prometheus text as OpenMetrics 1.0, with exemplars at its buckets. The formats differ in the names of counters' families, in the
 * writing of bounds, and in the mark at the end; units are left out, because there they would have to be in the names.
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function toOpenMetrics(text: string, exemplars: Pick<Exemplars, 'find'>): string {
  const lines = text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('# UNIT')) return []
    if (line.startsWith('#')) return [familyLine(line, text)]
    return [bucketLine(line, exemplars)]
  })
  return `${lines.join('\n')}\n# EOF\n`
}

/** A counter's family is its name without `_total`. */
function familyLine(line: string, text: string): string {
  const [, keyword = '', name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
  const isCounter = name.endsWith('_total') && text.includes(`# TYPE ${name} counter`)
  return `# ${keyword} ${isCounter ? name.slice(0, -'_total'.length) : name} ${rest}`
}

function bucketLine(line: string, exemplars: Pick<Exemplars, 'find'>): string {
  const [, family = '', labelText = '', count = ''] = BUCKET.exec(line) ?? []
  if (family === '') return line
  const labels = new Map(Array.from(labelText.matchAll(LABEL), ([, name = '', value = '']) => [name, unescaped(value)]))
  const bound = labels.get('le')
  if (bound === undefined) return line
  labels.delete('le')
  const written = labelText.replace(/le="(-?\d+)"$/, 'le="$1.0"')
  const exemplar = exemplars.find(family, labels, bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound))
  return `${family}_bucket{${written}} ${count}${exemplar === undefined ? '' : exemplarText(exemplar)}`
}

function exemplarText({ traceId, spanId, value, at }: Exemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${value} ${at.toFixed(3)}`
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}
