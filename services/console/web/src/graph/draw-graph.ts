import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from 'cytoscape'
import type { GraphNode, GraphRelationship } from '../app/answers.ts'
import { kindColors, kindOf, typeWords } from './node-kinds.ts'
import { themeColors } from './theme-colors.ts'

export interface Drawing {
  /** Shows another graph; nodes that stay keep their places. */
  show(graph: ShownGraph): void
  /** Takes the page's colours anew. */
  recolour(): void
  /** Everything into view. */
  fit(): void
  zoomBy(factor: number): void
  close(): void
}

export interface ShownGraph {
  readonly nodes: readonly GraphNode[]
  readonly relationships: readonly GraphRelationship[]
  /** The nodes are one line, in their order. */
  readonly isLine?: boolean
  /** Id of the node that is in the middle of things; null for none. */
  readonly selected: string | null
}

/** A longer label is cut: the whole is in the list beside the picture. */
const LABEL_CHARS = 32

/**
 * Draws a graph into an element with cytoscape.
 * @param onSelect called with the id of the node that was clicked
 */
export function drawGraph(container: HTMLElement, onSelect: (id: string) => void): Drawing {
  keepStyleElementsOut()
  const core = cytoscape({ container, style: stylesheet(1), minZoom: 0.1, maxZoom: 3 })
  core.on('tap', 'node', (event) => onSelect(event.target.id()))
  const resized = new ResizeObserver(() => core.resize())
  resized.observe(container)
  return {
    show: (graph) => show(core, graph),
    recolour: () => void core.style(stylesheet(scaleOf(core))),
    fit: () => core.fit(undefined, 32),
    zoomBy: (factor) =>
      core.zoom({
        level: core.zoom() * factor,
        renderedPosition: { x: container.clientWidth / 2, y: container.clientHeight / 2 },
      }),
    close() {
      resized.disconnect()
      core.destroy()
    },
  }
}

/** cytoscape would add a style element, which the console's content security policy refuses; its one rule is in graph.css. */
function keepStyleElementsOut(): void {
  const id = '__________cytoscape_stylesheet'
  if (document.getElementById(id) !== null) return
  const mark = document.createElement('meta')
  mark.id = id
  document.head.append(mark)
}

function show(core: Core, { nodes, relationships, selected, isLine = false }: ShownGraph): void {
  const known = new Set(nodes.map(({ id }) => id))
  const wanted = [...nodes.map(nodeElement), ...edgeElements(relationships, known)]
  const ids = new Set(wanted.map(({ data }) => data.id))
  const isNew = core.elements().empty()
  core.batch(() => {
    core
      .elements()
      .filter((each) => !ids.has(each.id()))
      .remove()
    for (const element of wanted) {
      const found = core.getElementById(String(element.data.id))
      if (found.empty()) core.add(element)
      else found.data(element.data)
    }
    core.nodes().removeClass('is-chosen')
    if (selected !== null) core.getElementById(selected).addClass('is-chosen')
  })
  if (core.nodes().empty()) return
  if (isLine) layOutInLine(core)
  else layOut(core, isNew)
  core.style(stylesheet(scaleOf(core)))
}

function nodeElement({ id, type, label, is_gone }: GraphNode): ElementDefinition {
  const text = label === '' ? typeWords(type) : label
  const shown = text.length > LABEL_CHARS ? `${text.slice(0, LABEL_CHARS - 1)}…` : text
  return { group: 'nodes', data: { id, label: shown, kind: kindOf(type), type, isGone: is_gone ? 1 : 0 } }
}

function edgeElements(relationships: readonly GraphRelationship[], known: ReadonlySet<string>): ElementDefinition[] {
  return relationships
    .filter(({ from_id, to_id }) => known.has(from_id) && known.has(to_id))
    .map(({ id, type, from_id, to_id, valid_to }) => ({
      group: 'edges',
      data: {
        id: `edge ${id}`,
        source: from_id,
        target: to_id,
        label: typeWords(type),
        isEnded: valid_to === null ? 0 : 1,
      },
    }))
}

function layOut(core: Core, isNew: boolean): void {
  core
    .layout({
      name: 'cose',
      animate: false,
      fit: true,
      padding: 28,
      randomize: isNew,
      nodeRepulsion: () => 9_000,
      idealEdgeLength: () => 70,
      gravity: 2,
      boundingBox: { x1: 0, y1: 0, w: core.width(), h: core.height() },
      nodeDimensionsIncludeLabels: true,
      numIter: core.nodes().length > 150 ? 400 : 1_000,
    })
    .run()
}

function layOutInLine(core: Core): void {
  const isWide = core.width() > core.height()
  core.layout({ name: 'grid', animate: false, fit: true, padding: 40, ...(isWide ? { rows: 1 } : { cols: 1 }) }).run()
}

/** A picture that was made smaller to fit has its texts made larger, up to a bound: beyond it they would only cover each other. */
function scaleOf(core: Core): number {
  return Math.min(2, Math.max(1, 1 / core.zoom()))
}

function stylesheet(scale: number): StylesheetJson {
  const names = ['--ink', '--ink-soft', '--line-strong', '--surface', '--water', ...Object.values(kindColors)] as const
  const colors = themeColors(names)
  const text = { color: colors['--ink'], 'font-family': getComputedStyle(document.body).fontFamily }
  return [
    {
      selector: 'node',
      style: {
        ...text,
        label: 'data(label)',
        width: 18 * scale,
        height: 18 * scale,
        'font-size': 12 * scale,
        'text-valign': 'bottom',
        'text-margin-y': 4,
        'text-max-width': `${120 * scale}px`,
        'text-wrap': 'wrap',
        'text-background-color': colors['--surface'],
        'text-background-opacity': 0.85,
        'text-background-padding': '1px',
        'border-width': 1,
        'border-color': colors['--surface'],
        'min-zoomed-font-size': 5,
      },
    },
    ...Object.entries(kindColors).map(([kind, name]) => ({
      selector: `node[kind = "${kind}"]`,
      style: { 'background-color': colors[name], shape: shapes[kind as keyof typeof shapes] },
    })),
    {
      selector: 'edge',
      style: {
        ...text,
        color: colors['--ink-soft'],
        label: 'data(label)',
        width: scale,
        'font-size': 9.5 * scale,
        'text-rotation': 'autorotate',
        'text-background-color': colors['--surface'],
        'text-background-opacity': 0.85,
        'line-color': colors['--line-strong'],
        'target-arrow-color': colors['--line-strong'],
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.8,
        'curve-style': 'bezier',
        'min-zoomed-font-size': 7,
      },
    },
    { selector: 'edge[isEnded = 1]', style: { 'line-style': 'dashed', opacity: 0.7 } },
    {
      selector: 'node[isGone = 1]',
      style: { 'background-opacity': 0.25, 'border-style': 'dashed', 'border-color': colors['--ink-soft'] },
    },
    {
      selector: 'node.is-chosen',
      style: {
        width: 28 * scale,
        height: 28 * scale,
        'border-width': 4,
        'border-color': colors['--water'],
        'font-weight': 'bold',
      },
    },
  ]
}

/** Shape tells the kinds apart where colour cannot. */
const shapes = {
  people: 'ellipse',
  talk: 'round-rectangle',
  work: 'diamond',
  address: 'hexagon',
  fact: 'triangle',
  other: 'rectangle',
} as const
