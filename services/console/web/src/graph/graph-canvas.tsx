import { useEffect, useRef, useState } from 'react'
import { useColourScheme } from '../app/theme.ts'
import { Button } from '../ui/button.tsx'
import { type Drawing, drawGraph, type ShownGraph } from './draw-graph.ts'

interface GraphCanvasProps extends ShownGraph {
  /** Says in words what the picture shows. */
  readonly label: string
  readonly onSelect: (id: string) => void
}

/** The picture of a graph. All that it shows and does is in the lists beside it too, for the keyboard and for screen readers. */
export function GraphCanvas({ nodes, relationships, selected, isLine = false, label, onSelect }: GraphCanvasProps) {
  const container = useRef<HTMLDivElement>(null)
  const select = useRef(onSelect)
  const [drawing, setDrawing] = useState<Drawing | null>(null)
  const scheme = useColourScheme()
  select.current = onSelect
  useEffect(() => {
    if (container.current === null) return
    const made = drawGraph(container.current, (id) => select.current(id))
    setDrawing(made)
    return () => {
      setDrawing(null)
      made.close()
    }
  }, [])
  useEffect(
    () => drawing?.show({ nodes, relationships, selected, isLine }),
    [drawing, nodes, relationships, selected, isLine],
  )
  // The colours are read from the page, which changes with the scheme.
  useEffect(() => drawing?.recolour(), [drawing, scheme])
  return (
    <div className="graph-frame">
      <div
        ref={container}
        className={`graph-canvas __________cytoscape_container ${isLine ? 'is-line' : ''}`}
        role="img"
        aria-label={label}
      />
      <div className="graph-tools">
        <Button size="small" onClick={() => drawing?.zoomBy(1.3)} aria-label="Zoom in">
          +
        </Button>
        <Button size="small" onClick={() => drawing?.zoomBy(1 / 1.3)} aria-label="Zoom out">
          −
        </Button>
        <Button size="small" onClick={() => drawing?.fit()}>
          Fit
        </Button>
      </div>
    </div>
  )
}
