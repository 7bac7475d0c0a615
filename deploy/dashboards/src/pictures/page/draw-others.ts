import { colorOfSeries, colorOfValue } from './colors.ts'
import { element } from './element.ts'
import { formatValue } from './format-value.ts'
import { defaultsOf, type NamedSeries, type Picture } from './picture.ts'

function lastOf({ values }: NamedSeries): number {
  return values.findLast((value) => value !== null) ?? Number.NaN
}

function shown(value: number, picture: Picture): string {
  const defaults = defaultsOf(picture)
  return defaults.mappings?.[0]?.options[String(value)]?.text ?? formatValue(value, defaults)
}

/** One number in its colour. */
export function drawNumber(picture: Picture): HTMLElement {
  const [first] = picture.series
  const value = first === undefined ? Number.NaN : lastOf(first)
  const number = element('div', 'number', shown(value, picture))
  number.style.color = colorOfValue(value, defaultsOf(picture))
  return number
}

export function drawBars(picture: Picture): HTMLElement {
  const values = picture.series.map(lastOf)
  const largest = defaultsOf(picture).max ?? Math.max(...values, 0)
  const isByValue = defaultsOf(picture).color?.mode === 'thresholds'
  const bars = picture.series.map(({ name }, place) => {
    const value = values[place] ?? 0
    const bar = element('div', 'bar')
    bar.style.width = `${largest > 0 ? Math.max(1, (value / largest) * 100) : 1}%`
    const color = isByValue ? colorOfValue(value, defaultsOf(picture)) : colorOfSeries(picture, name, place)
    bar.style.background = color
    return element(
      'div',
      'bar-row',
      element('span', 'bar-name', name),
      element('div', 'track', bar),
      element('span', 'bar-value', shown(value, picture)),
    )
  })
  return element('div', 'bars', ...bars)
}

export function drawTable(picture: Picture): HTMLElement {
  const order = Object.entries(picture.panel.transformations?.[0]?.options.indexByName ?? {})
  const columns = order.map(([name]) => name).filter((name) => name !== 'Value')
  const head = element('tr', '', ...[...columns, 'value'].map((name) => element('th', '', name)))
  const rows = picture.series.map((one) =>
    element(
      'tr',
      '',
      ...columns.map((name) => element('td', '', one.labels[name] ?? '')),
      element('td', 'value', shown(lastOf(one), picture)),
    ),
  )
  return element('table', '', head, ...rows)
}

/** A band a series, in the colours of its values over time. */
export function drawStates(picture: Picture): HTMLElement {
  const bands = picture.series.map(({ name, values }) => {
    const band = element('div', 'band')
    const colors = values.map((value) => (value === null ? 'transparent' : colorOfValue(value, defaultsOf(picture))))
    const stops = colors.flatMap((color, at) => [
      `${color} ${(at / colors.length) * 100}%`,
      `${color} ${((at + 1) / colors.length) * 100}%`,
    ])
    band.style.background = `linear-gradient(to right, ${stops.join(', ')})`
    return element('div', 'bar-row', element('span', 'bar-name', name), band)
  })
  return element('div', 'bars bands', ...bands)
}
