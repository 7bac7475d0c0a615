import type { ReactNode } from 'react'

export interface Column<R> {
  readonly key: string
  readonly header: string
  readonly cell: (row: R) => ReactNode
  readonly align?: 'left' | 'number'
  /** The cell that names the row: shown without its header on a narrow window. */
  readonly isMain?: boolean
}

export interface DataTableProps<R> {
  /** What the table holds; read out, not shown, as a heading stands above it. */
  readonly caption: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  readonly rowKey: (row: R) => string
}

/** A table that becomes a list of cards on a narrow window. A link with the class `row-link` in a cell makes the whole row its target. */
export function DataTable<R>({ caption, columns, rows, rowKey }: DataTableProps<R>) {
  return (
    <div className="table-frame">
      {/* biome-ignore-start lint/a11y/noRedundantRoles: as cards its parts are display: block, which takes a table's own roles away from them */}
      {/* biome-ignore-start lint/a11y/useSemanticElements: the elements are there; the roles are for when they are shown as cards */}
      <table className="table" role="table" aria-label={caption}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.key} role="columnheader" scope="col" className={classOf(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map((column) => (
                <td key={column.key} role="cell" data-label={column.header} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/useSemanticElements: end of the table */}
      {/* biome-ignore-end lint/a11y/noRedundantRoles: end of the table */}
    </div>
  )
}

function classOf<R>({ align, isMain }: Column<R>): string | undefined {
  const names = [align === 'number' ? 'is-number' : '', isMain ? 'is-main' : ''].filter(Boolean)
  return names.length === 0 ? undefined : names.join(' ')
}
