import { drawLines } from './draw-lines.ts'
import { drawBars, drawNumber, drawStates, drawTable } from './draw-others.ts'
import { element } from './element.ts'
import type { Picture, PictureOfDashboard } from './picture.ts'

const COLUMN = 50
const ROW = 30
const GAP = 8
const TITLE = 30

const draw: Readonly<Record<string, (picture: Picture, width: number, height: number) => HTMLElement>> = {
  timeseries: drawLines,
  stat: drawNumber,
  bargauge: drawBars,
  table: drawTable,
  'state-timeline': drawStates,
}

/** Draws a dashboard into the empty page, in the places that its JSON gives to its panels. */
function drawDashboard({ title, description, rows, pictures }: PictureOfDashboard): void {
  const board = element('div', 'board')
  for (const row of rows) board.append(placed(element('h2', '', row.title), 0, row.y, 24, 1))
  for (const picture of pictures) {
    const { x, y, w, h } = picture.panel.gridPos
    const body =
      picture.series.length === 0
        ? nothing(picture)
        : draw[picture.panel.type]?.(picture, w * COLUMN - GAP - 16, h * ROW - GAP - TITLE - 8)
    board.append(
      placed(element('section', 'panel', element('h3', '', picture.panel.title), body ?? 'not drawn'), x, y, w, h),
    )
  }
  const bottom = Math.max(...pictures.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h))
  board.style.height = `${bottom * ROW}px`
  document.body.append(element('header', '', element('h1', '', title), element('p', '', description)), board)
}

/** The panel's own word where nothing is good news. */
function nothing({ panel }: Picture): HTMLElement {
  const word = panel.fieldConfig?.defaults.noValue
  return element('p', word === undefined ? 'none' : 'calm', word ?? 'No data')
}

function placed(node: HTMLElement, x: number, y: number, w: number, h: number): HTMLElement {
  Object.assign(node.style, {
    left: `${x * COLUMN}px`,
    top: `${y * ROW}px`,
    width: `${w * COLUMN - GAP}px`,
    height: `${h * ROW - GAP}px`,
  })
  return node
}

Object.assign(globalThis, { drawDashboard })
