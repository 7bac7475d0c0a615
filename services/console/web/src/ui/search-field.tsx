import { useEffect, useRef, useState } from 'react'
import { TextInput } from './field.tsx'

interface SearchFieldProps {
  readonly label: string
  /** What is searched for now. */
  readonly value: string
  readonly onSearch: (value: string) => void
  readonly placeholder?: string
}

const WAIT_MS = 300

/** A field that searches while one types, a moment after the last key, and at once on Enter. */
export function SearchField({ label, value, onSearch, placeholder }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const searched = useRef(value)
  useEffect(() => {
    if (value === searched.current) return
    searched.current = value
    setText(value)
  }, [value])
  const search = (wanted: string) => {
    if (wanted === searched.current) return
    searched.current = wanted
    onSearch(wanted)
  }
  useEffect(() => {
    const timer = setTimeout(() => search(text.trim()), WAIT_MS)
    return () => clearTimeout(timer)
  })
  return (
    <TextInput
      label={label}
      type="search"
      value={text}
      placeholder={placeholder}
      maxLength={200}
      onValue={setText}
      onKeyDown={(event) => event.key === 'Enter' && search(text.trim())}
    />
  )
}
