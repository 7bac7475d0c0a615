import type { Defaults } from './picture.ts'

/** A value in its unit, short, as Grafana writes it. */
export function formatValue(value: number, { unit = 'short', decimals }: Pick<Defaults, 'unit' | 'decimals'>): string {
  if (!Number.isFinite(value)) return '–'
  if (unit === 'percentunit') return `${digits(value * 100, decimals)} %`
  if (unit === 's') return seconds(value, decimals)
  if (unit === 'bytes' || unit === 'Bps')
    return `${scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB'], decimals)}${unit === 'Bps' ? '/s' : ''}`
  if (unit === 'd') return `${digits(value, decimals)} days`
  return `${scaled(value, 1000, ['', 'k', 'M'], decimals)}${SUFFIXES[unit] ?? ''}`
}

const SUFFIXES: Readonly<Record<string, string>> = {
  eps: ' evt/s',
  reqps: ' req/s',
  recps: ' rec/s',
  ops: ' ops/s',
}

function seconds(value: number, decimals: number | undefined): string {
  const size = Math.abs(value)
  if (size === 0) return '0 s'
  if (size < 0.001) return `${digits(value * 1e6, decimals)} µs`
  if (size < 1) return `${digits(value * 1e3, decimals)} ms`
  if (size < 120) return `${digits(value, decimals)} s`
  if (size < 7_200) return `${digits(value / 60, decimals)} min`
  return `${digits(value / 3_600, decimals)} h`
}

function scaled(value: number, base: number, units: readonly string[], decimals: number | undefined): string {
  let rest = value
  let place = 0
  while (Math.abs(rest) >= base && place < units.length - 1) {
    rest /= base
    place++
  }
  const unit = units[place] ?? ''
  return unit.length > 1 ? `${digits(rest, decimals)} ${unit}` : `${digits(rest, decimals)}${unit}`
}

function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals)
  const size = Math.abs(value)
  const places = size === 0 || Number.isInteger(value) ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3
  return String(Number(value.toFixed(places)))
}
