import type { Erasure } from '../../app/answers.ts'
import { Facts } from '../../ui/page.tsx'
import { BothTimes } from '../../ui/time.tsx'
import { PlacesTable } from './places-table.tsx'

type SignedReceipt = NonNullable<Erasure['receipt']>

/** What was done, as the signed receipt says it, and the receipt itself to keep. */
export function Receipt({ of }: { readonly of: SignedReceipt }) {
  const isPlain = of.plain_records_until !== null
  return (
    <div className="stack">
      <Facts
        of={[
          [isPlain ? 'Erased' : 'Nobody can read it since', <BothTimes key="erased" at={of.erased_at} />],
          ['Last record expires on', of.last_record_expires],
          ['Plain text in topics until', isPlain ? of.plain_records_until : 'none is left'],
          ['Asked for by', <code key="asked">{of.requested_by}</code>],
          ['Approved by', <code key="approved">{of.approved_by}</code>],
        ]}
      />
      <PlacesTable caption="What was done" of={of.places} />
      <ul className="small soft">
        {of.remarks.map((remark) => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
      <p>
        <a href={fileOf(of)} download={`${of.receipt_id}.json`}>
          The receipt as a file
        </a>{' '}
        <span className="soft small">
          for <code>millrace erase check</code>, which needs the public key alone
        </span>
      </p>
    </div>
  )
}

function fileOf(receipt: SignedReceipt): string {
  return `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(receipt, null, 2))}`
}
