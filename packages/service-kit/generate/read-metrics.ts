import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A metric as it is declared in the code. */
export interface DeclaredMetric {
  /** As Prometheus sees it. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly unit: string
  readonly description: string
  /** Packages and services that declare it. */
  readonly folders: readonly string[]
}

const places = '{packages,services}/*/src/**/*.ts'
/** A call that makes an instrument with a literal name, or the helper that a file with many alike has. */
const DECLARATION =
  /\b(createCounter|createHistogram|createObservableGauge|createObservableCounter|gauge)\(\s*'([a-z][\w.]+)',?/g

/** Every instrument that is made with a literal name in the sources of packages and services, by name. */
export function readMetrics(root: string): DeclaredMetric[] {
  const found = new Map<string, DeclaredMetric>()
  for (const file of globSync(places, { cwd: root }).sort()) {
    const text = readFileSync(join(root, file), 'utf8')
    const folder = file.split('/').slice(0, 2).join('/')
    for (const match of text.matchAll(DECLARATION)) {
      const [whole, call = '', name = ''] = match
      const metric = declared(call, name, argumentsAfter(text, match.index + whole.length), folder)
      const known = found.get(metric.name)
      // Who adds to another's counter names it alone.
      const told = known === undefined || known.description === '' ? metric : known
      found.set(metric.name, { ...told, folders: [...new Set([...(known?.folders ?? []), folder])] })
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The exporter's rules: what is no letter or digit is `_`, counters end in `_total`, units are not in names. */
function declared(call: string, name: string, options: string, folder: string): DeclaredMetric {
  const kind = call.endsWith('Counter') ? 'counter' : call === 'createHistogram' ? 'histogram' : 'gauge'
  const plain = name.replaceAll(/\W/g, '_')
  const isShort = call === 'gauge'
  const [, , short = '', shortUnit = ''] = isShort ? (/^\s*(['"])(.*?)\1(?:,\s*'(\w+)')?/s.exec(options) ?? []) : []
  return {
    name: kind === 'counter' && !plain.endsWith('_total') ? `${plain}_total` : plain,
    kind,
    unit: isShort ? shortUnit : (/\bunit: '([^']*)'/.exec(options)?.[1] ?? unitOfSpread(options)),
    description: isShort ? short : (/\bdescription:\s*(['"])(.*?)\1,?\s*(?:\n|\}|advice)/s.exec(options)?.[2] ?? ''),
    folders: [folder],
  }
}

/** Options that several share are constants named by their unit. */
function unitOfSpread(options: string): string {
  return options.includes('...SECONDS') ? 's' : ''
}

/** The text up to the end of the call that it is in. */
function argumentsAfter(text: string, from: number): string {
  let depth = 1
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === quote && text.charAt(at - 1) !== '\\') quote = ''
    } else if ('\'"`'.includes(character)) quote = character
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return text.slice(from, at)
  }
  return text.slice(from)
}
