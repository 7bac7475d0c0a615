import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useColourScheme } from '../app/theme.ts'
import { useZone, type Zone } from '../app/time-zone.tsx'

export interface Series {
  readonly name: string
  readonly values: readonly number[]
}

export interface StackedBarsProps {
  /** Epoch milliseconds of each bar. */
  readonly times: readonly number[]
  /** At most six, from the bottom up. */
  readonly series: readonly Series[]
  /** What it shows, in words, for those who do not see it. */
  readonly label: string
}

const HEIGHT = 190

/** Amounts over time, one bar for each moment. Its figures stand in the legend's totals too, so the drawing is for the eye alone. */
export function StackedBars({ times, series, label }: StackedBarsProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const scheme = useColourScheme()
  const { zone } = useZone()
  const names = series.map(({ name }) => name).join('\n')
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const made = new uPlot(optionsOf(element, names === '' ? 0 : names.split('\n').length, zone), [[]], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [names, scheme, zone])
  useEffect(() => plot.current?.setData(stack(times, series)), [times, series, scheme, zone])
  return <div ref={frame} className="chart" role="img" aria-label={label} />
}

/** Series from the top of the stack down, so that each bar covers the lower part of the one before. */
function stack(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const sums = times.map(() => 0)
  const layers = series.map(({ values }) =>
    values.map((value, at) => {
      const sum = (sums[at] ?? 0) + value
      sums[at] = sum
      return sum
    }),
  )
  return [times.map((time) => time / 1_000), ...layers.reverse()]
}

function optionsOf(element: HTMLElement, count: number, zone: Zone): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => resolveColour(element, style.getPropertyValue(name))
  const axis = {
    stroke: colour('--ink-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false, size: 4 },
    font: `12px ${style.fontFamily}`,
  }
  const layers = Array.from({ length: count }, (_, at) => ({
    fill: colour(`--series-${count - at}`),
    width: 0,
    points: { show: false },
    ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.82, 40], gap: 1 }) } : {}),
  }))
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 4, 0, 0],
    tzDate: (seconds) =>
      zone === 'utc' ? uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') : new Date(seconds * 1_000),
    scales: {
      x: { range: (plot, first, last) => widened(first, last, plot.data[0].length) },
      y: { range: (_, __, most) => [0, Math.max(4, most * 1.08)] },
    },
    axes: [
      { ...axis, size: 26, grid: { show: false }, values: [[60, '{HH}:{mm}', null, null, null, null, null, null, 1]] },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000] },
    ],
    series: [{}, ...layers],
  }
}

/** Half a bar on either side, so that the first and the last are whole. */
function widened(first: number, last: number, bars: number): [number, number] {
  const half = bars > 1 ? (last - first) / (bars - 1) / 2 : 30
  return [first - half, last + half]
}

/** A canvas does not know `light-dark()`: the browser resolves it for an element. */
function resolveColour(element: HTMLElement, value: string): string {
  const probe = document.createElement('i')
  probe.style.color = value
  element.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}
