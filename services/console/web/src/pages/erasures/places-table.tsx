import { DataTable } from '../../ui/data-table.tsx'
import { formatCount } from '../../ui/time-format.ts'

interface Place {
  readonly place: string
  readonly what: string
  readonly count: number
}

interface PlacesTableProps {
  readonly caption: string
  readonly of: readonly Place[]
}

/** How much of it is, or was, where. Places that had nothing are left out. */
export function PlacesTable({ caption, of }: PlacesTableProps) {
  return (
    <DataTable
      caption={caption}
      rows={of.filter(({ count }) => count > 0)}
      rowKey={({ place, what }) => `${place}/${what}`}
      columns={[
        { key: 'place', header: 'Where', isMain: true, cell: ({ place }) => <code className="break">{place}</code> },
        { key: 'what', header: 'What', cell: ({ what }) => what },
        { key: 'count', header: 'How many', align: 'number', cell: ({ count }) => formatCount(count) },
      ]}
    />
  )
}
