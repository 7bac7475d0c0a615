import { useState } from 'react'
import { CheckIcon, CopyIcon } from './icons.tsx'

/** An id or the like, to be copied by a click. `what` names it for those who do not see it. */
export function CopyText({ text, what = 'id' }: { readonly text: string; readonly what?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <span className="copy">
      <code>{text}</code>
      <button
        type="button"
        onClick={() => copy().catch(() => {})}
        onBlur={() => setCopied(false)}
        aria-label={isCopied ? 'Copied' : `Copy ${what}`}
        title={isCopied ? 'Copied' : `Copy ${what}`}
      >
        {isCopied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
      </button>
    </span>
  )
}
