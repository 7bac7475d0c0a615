import { useState } from 'react'
import { Button } from './button.tsx'

interface JsonTreeProps {
  readonly value: unknown
  readonly name?: string
  /** Levels that are open at first. */
  readonly openLevels?: number
}

/** Members of one object or array that are shown at once; the rest on demand, so that a huge payload does not stop the page. */
const MEMBERS = 100
const LONG_TEXT = 2_000

/** Any JSON value as a tree to fold. Texts are shown as text, never as markup. */
export function JsonTree({ value, name, openLevels = 3 }: JsonTreeProps) {
  return (
    <div className="json">
      <Value value={value} name={name} openLevels={openLevels} />
    </div>
  )
}

function Value({ value, name, openLevels = 0 }: { value: unknown; name?: string | undefined; openLevels: number }) {
  const key = name === undefined ? null : <span className="json-key">{name}: </span>
  if (typeof value !== 'object' || value === null)
    return (
      <>
        {key}
        <Scalar value={value} />
      </>
    )
  return <Branch members={membersOf(value)} label={key} isList={Array.isArray(value)} openLevels={openLevels} />
}

interface BranchProps {
  readonly members: readonly (readonly [string, unknown])[]
  readonly label: React.ReactNode
  readonly isList: boolean
  readonly openLevels: number
}

function Branch({ members, label, isList, openLevels }: BranchProps) {
  const [isOpen, setOpen] = useState(openLevels > 0)
  const [shown, setShown] = useState(MEMBERS)
  if (members.length === 0)
    return (
      <>
        {label}
        {isList ? '[]' : '{}'}
      </>
    )
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span className="json-key">{countOf(members.length, isList)}</span>
      </summary>
      {isOpen && (
        <ul>
          {members.slice(0, shown).map(([name, value]) => (
            <li key={name}>
              <Value value={value} name={name} openLevels={openLevels - 1} />
            </li>
          ))}
          {members.length > shown && (
            <li>
              <Button size="small" onClick={() => setShown(shown + MEMBERS)}>
                {members.length - shown} more
              </Button>
            </li>
          )}
        </ul>
      )}
    </details>
  )
}

function Scalar({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false)
  if (typeof value === 'number') return <span className="json-number">{value}</span>
  if (typeof value !== 'string') return <span className="json-word">{String(value)}</span>
  if (isWhole || value.length <= LONG_TEXT) return <span className="json-text">{JSON.stringify(value)}</span>
  return (
    <>
      <span className="json-text">{JSON.stringify(value.slice(0, LONG_TEXT))}</span>{' '}
      <Button size="small" onClick={() => setWhole(true)}>
        {value.length - LONG_TEXT} more characters
      </Button>
    </>
  )
}

function membersOf(value: object): (readonly [string, unknown])[] {
  return Object.entries(value)
}

function countOf(count: number, isList: boolean): string {
  const unit = isList ? 'item' : 'field'
  return isList ? `[${count} ${unit}${count === 1 ? '' : 's'}]` : `{${count} ${unit}${count === 1 ? '' : 's'}}`
}
