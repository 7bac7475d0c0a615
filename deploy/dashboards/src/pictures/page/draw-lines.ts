import uPlot from 'uplot'
import { colorOfSeries, limitsOf } from './colors.ts'
import { element } from './element.ts'
import { formatValue } from './format-value.ts'
import { defaultsOf, type Picture } from './picture.ts'

/** Height of a line of the legend. */
const LEGEND_LINE = 18
/** A legend longer than that is cut, as it would scroll in Grafana. */
const MOST_NAMES = 12

/** A chart over time with its legend; areas stand on each other where the panel stacks them. */
export function drawLines(picture: Picture, width: number, height: number): HTMLElement {
  const box = element('div', 'chart')
  const { series, times } = picture
  const isStacked = defaultsOf(picture).custom?.stacking?.mode === 'normal'
  const values = isStacked ? stacked(series.map((one) => one.values)) : series.map((one) => one.values)
  const order = isStacked ? [...series.keys()].reverse() : [...series.keys()]
  const colors = series.map(({ name }, place) => colorOfSeries(picture, name, place))
  const isBeside = picture.panel.options?.legend?.placement === 'right'
  box.classList.toggle('beside', isBeside)
  const fill = isStacked ? (color: string) => tinted(color) : (color: string) => `${color}${FAINT}`
  new uPlot(
    {
      width: isBeside ? width - LEGEND_WIDTH : width,
      height: isBeside ? height : height - legendHeight(picture, width),
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 18, 0, 0],
      scales: { x: { time: true }, y: { range: (_, low, high) => rangeOf(picture, low, high) } },
      axes: [
        {
          ...{ stroke: '#666', grid: { stroke: '#eee', width: 1 }, ticks: { show: false }, size: 22, font: FONT },
          space: 44,
          values: (_, splits) => splits.map(timeOfDay),
        },
        {
          stroke: '#666',
          grid: { stroke: '#eee', width: 1 },
          ticks: { show: false },
          size: 62,
          font: FONT,
          values: (_, splits) =>
            splits.map((split) => formatValue(split, { unit: defaultsOf(picture).unit ?? 'short' })),
        },
      ],
      hooks: { draw: [(plot) => drawLimits(plot, picture)] },
      series: [
        {},
        ...order.map((place) => ({
          stroke: colors[place] ?? '#000',
          width: 1.5,
          fill: fill(colors[place] ?? '#000000'),
          points: { show: false },
          spanGaps: false,
        })),
      ],
    },
    [[...times], ...order.map((place) => [...(values[place] ?? [])])],
    box,
  )
  box.append(legendOf(picture, colors))
  return box
}

const FONT = '11px sans-serif'
const LEGEND_WIDTH = 190
/** What lies under a line that stands alone: 5 %. */
const FAINT = '0d'

/** Opaque, as areas would mix their colours where they lie on each other. */
function tinted(color: string): string {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  return `rgb(${parts.map((part) => Math.round(part * 0.55 + 255 * 0.45)).join(' ')})`
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 5)
}

/** From zero, and so far that the values or the panel's own bounds fit; a limit only where it is near. */
function rangeOf(picture: Picture, low: number | null, high: number | null): [number, number] {
  const { min, max } = defaultsOf(picture)
  const top = Math.max(high ?? 0, 0)
  const limit = limitsOf(picture)
    .map(({ value }) => value)
    .find((value) => value > top && value < top * 4)
  const upper = max ?? (limit ?? (top === 0 ? 1 : top)) * 1.08
  return [min ?? Math.min(0, low ?? 0), upper]
}

function drawLimits(plot: uPlot, picture: Picture): void {
  const { ctx, bbox, scales } = plot
  for (const { value, color } of limitsOf(picture)) {
    if (value < (scales.y?.min ?? 0) || value > (scales.y?.max ?? 0)) continue
    const y = plot.valToPos(value, 'y', true)
    ctx.save()
    ctx.strokeStyle = color
    ctx.setLineDash([6, 4])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.restore()
  }
}

function stacked(values: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sums: number[] = []
  return values.map((one) =>
    one.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + (value ?? 0)
      return sums[at] ?? 0
    }),
  )
}

function legendOf({ series }: Picture, colors: readonly string[]): HTMLElement {
  const names = series.slice(0, MOST_NAMES).map(({ name }, place) => {
    const mark = element('i', 'mark')
    mark.style.background = colors[place] ?? '#000'
    return element('span', 'name', mark, name)
  })
  const more = series.length - names.length
  return element('div', 'legend', ...names, ...(more > 0 ? [`and ${more} more`] : []))
}

/** As the browser will break it, roughly: names and marks against the width. */
function legendHeight({ series }: Picture, width: number): number {
  const names = series.slice(0, MOST_NAMES).map(({ name }) => name.length * 6 + 26)
  let lines = 1
  let used = 0
  for (const name of names) {
    if (used + name > width) {
      lines++
      used = 0
    }
    used += name
  }
  return lines * LEGEND_LINE + 4
}
